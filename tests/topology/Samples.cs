using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Mysticeti.Topology.Tests;

/// <summary>Plans that are the same in every run, and small tools to spoil them.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Time = new(2025, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static ValidatorKey Key(int index) => ValidatorKey.FromSeed(index, SHA256.HashData(BitConverter.GetBytes(index)));

    public static LaunchPlan Plan(CommitteeSpecification specification, LaunchPaths? paths = null) =>
        LaunchPlan.Create(specification, paths ?? LaunchPaths.Under("/net"), new FixedTime(), Key, deploymentKey: "0123456789abcdef");

    public static LaunchPlan Plan(int size) => Plan(new CommitteeSpecification { Size = size });

    /// <summary>The bytes of a genesis file after <paramref name="change"/>.</summary>
    public static byte[] Genesis(Action<JsonObject> change)
    {
        var json = JsonNode.Parse(Plan(4).Genesis.ToBytes())!.AsObject();
        change(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>A network object as a stack exports it, after <paramref name="change"/>.</summary>
    public static string Outputs(Action<JsonObject> change)
    {
        var json = JsonNode.Parse(Plan(4).ToOutputs("local", "docker").ToJson())!.AsObject();
        change(json);
        return json.ToJsonString();
    }

    public static JsonObject At(this JsonNode node, string list, int index) => node[list]![index]!.AsObject();

    /// <summary>The message of the one error that <paramref name="action"/> must end with; always a single line.</summary>
    public static string ErrorOf(Action action)
    {
        var message = Assert.Throws<TopologyException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    /// <summary>The value of an option in a validator's arguments.</summary>
    public static string Option(this ValidatorLaunch node, string name) => node.Arguments[node.Arguments.IndexOf(name) + 1];

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Time;
    }
}

/// <summary>A directory that is gone after the test.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mysticeti-topology-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
