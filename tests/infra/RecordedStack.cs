using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Mysticeti.Topology;
using Pulumi;
using Pulumi.Testing;

// Each test sets the configuration for its process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Mysticeti.Infra.Tests;

/// <summary>What a stack declared and exported, run against an engine that grants every wish.</summary>
internal sealed record RecordedStack(ImmutableArray<MockResourceArgs> Resources, NetworkOutputs Network, bool NetworkIsSecret, ImmutableArray<string> Endpoints)
{
    /// <summary>The resources of a type that are the provider's, not components.</summary>
    public ImmutableArray<MockResourceArgs> Of(string type) => [.. Resources.Where(resource => resource.Type == type).OrderBy(resource => resource.Name, StringComparer.Ordinal)];

    public ImmutableDictionary<string, object> Inputs(string name) => Assert.Single(Resources, resource => resource.Name == name).Inputs;

    /// <summary>Brings a stack up.</summary>
    /// <param name="configuration">Settings without the namespace.</param>
    public static async Task<RecordedStack> UpAsync(string stack, params (string Key, string Value)[] configuration)
    {
        Configure(configuration);
        var engine = new RecordingEngine();
        IDictionary<string, object?> outputs = new Dictionary<string, object?>();
        NetworkOutputs? healthy = null;
        await Deployment.TestAsync(
            engine,
            new TestOptions { StackName = stack, ProjectName = "mysticeti", IsPreview = false },
            () => outputs = NetworkProgram.Run(
                SourceTree.PathOf("infra"),
                network =>
                {
                    healthy = network;
                    return Task.CompletedTask;
                }));
        var network = Assert.IsType<Output<JsonElement>>(outputs["network"]);
        var parsed = NetworkOutputs.Parse((await ValueAsync(network)).GetRawText(), "stack");
        Assert.Equal(healthy, parsed);
        return new RecordedStack(
            [.. engine.Resources], parsed, await Output.IsSecretAsync(network), [.. await ValueAsync(Assert.IsType<Output<string[]>>(outputs["endpoints"]))]);
    }

    /// <summary>Runs something in a deployment of its own.</summary>
    public static Task InDeploymentAsync(Func<Task> test) =>
        Deployment.TestAsync(new RecordingEngine(), new TestOptions { StackName = "local", ProjectName = "mysticeti", IsPreview = false }, test);

    /// <summary>A file that will do as a key, for as long as the tests run.</summary>
    public static string KeyFile { get; } = MakeKeyFile();

    public static ImmutableArray<ImmutableDictionary<string, object>> List(object value) =>
        [.. Assert.IsType<ImmutableArray<object>>(value).Cast<ImmutableDictionary<string, object>>()];

    public static string Text(object base64) => Encoding.UTF8.GetString(Convert.FromBase64String((string)base64));

    private static void Configure((string Key, string Value)[] configuration) => System.Environment.SetEnvironmentVariable(
        "PULUMI_CONFIG", JsonSerializer.Serialize(configuration.ToDictionary(setting => $"mysticeti:{setting.Key}", setting => setting.Value)));

    private static Task<T> ValueAsync<T>(Output<T> output)
    {
        var value = new TaskCompletionSource<T>();
        output.Apply(known =>
        {
            value.SetResult(known);
            return known;
        });
        return value.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static string MakeKeyFile()
    {
        var path = Path.Combine(Path.GetTempPath(), "mysticeti-infra-tests-key");
        File.WriteAllText(path, "a key\n");
        return path;
    }

    /// <summary>Grants every resource its inputs and what the provider would work out; the genesis command prints what it would.</summary>
    private sealed class RecordingEngine : IMocks
    {
        private int _addresses = 9;

        public ConcurrentQueue<MockResourceArgs> Resources { get; } = [];

        public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
        {
            Resources.Enqueue(args);
            var state = args.Inputs;
            if (args.Name == "genesis") state = state.SetItem("stdout", string.Join('\n', Enumerable.Range(-1, 8).Select(i => Convert.ToBase64String(Encoding.UTF8.GetBytes(i < 0 ? "genesis" : $"key {i}")))));
            if (args.Type == "docker:index/image:Image") state = state.SetItem("repoDigest", "sha256:0123");
            if (args.Name == "postgres-password") state = state.SetItem("stdout", "s3cret");
            if (args.Type == "aws:ec2/eip:Eip") state = state.SetItem("publicIp", Address()).SetItem("allocationId", $"{args.Name}-allocation");
            if (args.Type == "vultr:index/instance:Instance") state = state.SetItem("mainIp", Address());
            if (args.Type == "docker:index/remoteImage:RemoteImage") state = state.SetItem("imageId", "sha256:4567");
            if (args.Name == "image-archive") MakeArchive((string)args.Inputs["create"]);
            return Task.FromResult<(string?, object)>(($"{args.Name}-id", state));
        }

        public Task<object> CallAsync(MockCallArgs args) => Task.FromResult<object>(args.Token switch
        {
            "aws:ec2/getAmi:getAmi" => args.Args.SetItem("id", $"ami-{args.Args["region"]}").SetItem("architecture", "x86_64"),
            "vultr:index/getOs:getOs" => args.Args.SetItem("id", "2284"),
            _ => args.Args,
        });

        private string Address() => $"198.51.100.{Interlocked.Increment(ref _addresses)}";

        // The command would leave the file that is then uploaded.
        private static void MakeArchive(string command)
        {
            var path = Path.Combine(SourceTree.PathOf("infra"), command[(command.LastIndexOf('>') + 1)..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "image");
        }
    }
}
