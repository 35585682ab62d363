using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Mysticeti.Topology;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>A working directory of its own, in which the real runner starts the real validators.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly List<RunnerProcess> _runners = [];

    public Sandbox() => Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent as on Unix");

    public string Root { get; } = Directory.CreateTempSubdirectory("mysticeti-e2e-").FullName;

    public string Results => Path.Combine(Root, "benchmarks");

    /// <summary>Starts the runner here.</summary>
    public RunnerProcess Start(params string[] args) => Launch(SourceTree.Runner, null, args);

    /// <summary>Starts the runner here with some more environment variables.</summary>
    public RunnerProcess Start(Dictionary<string, string> variables, params string[] args) => Launch(SourceTree.Runner, null, args, variables);

    /// <summary>Starts a script of <c>examples/</c> here, with answers on its standard input.</summary>
    public RunnerProcess StartScript(string name, string answers, params string[] args) =>
        Launch(SourceTree.PathOf("examples", name), answers, args);

    /// <summary>Starts the runner here with <c>--interactive</c>, and answers on its standard input.</summary>
    public RunnerProcess StartDialogue(string answers, params string[] args) => Launch(SourceTree.Runner, answers, [.. args, "--interactive"]);

    /// <summary>Longest that <see cref="RunAsync"/> waits; null: the usual.</summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>Runs the runner to its end.</summary>
    public async Task<RunnerProcess> RunAsync(params string[] args)
    {
        var runner = Start(args);
        await runner.ExitAsync(Longest);
        return runner;
    }

    /// <summary>
    /// Runs a benchmark whose figures must be right. On a machine that is busy with other things the generator may fall behind its
    /// schedule; then the verdict and the exit code must say so.
    /// </summary>
    public async Task<RunnerProcess> MeasureAsync(params string[] args)
    {
        const int InvalidMeasurement = 3;
        var runner = await RunAsync(["benchmark", .. args]);
        var late = runner.Out.Contains("the generator fell behind its schedule", StringComparison.Ordinal);
        Assert.True(runner.ExitCode == (late ? InvalidMeasurement : 0), runner.ToString());
        return runner;
    }

    /// <summary>The files of a network: what its runner wrote when it started the validators.</summary>
    public string NetworkDirectory(string name = "embedded") => Path.Combine(Root, ".mysticeti", "networks", name);

    /// <summary>Waits until every node of the network is ready.</summary>
    public async Task<NetworkOutputs> ReadyAsync(string name = "embedded", int committee = 4)
    {
        var file = Path.Combine(NetworkDirectory(name), "outputs.json");
        await Eventually.HoldsAsync(() => File.Exists(file), "the network was started");
        var ready = 0;
        await Eventually.HoldsAsync(
            async () =>
            {
                // A lost race for a port makes a new file; so read it again each time.
                var nodes = NetworkOutputs.Load(file).Nodes;
                ready = (await Task.WhenAll(nodes.Select(node => Rpc.StatusCodeAsync(node, "ready")))).Count(code => code == HttpStatusCode.OK);
                return ready == committee;
            },
            "every node was ready");
        return NetworkOutputs.Load(file);
    }

    /// <summary>Waits until the validators have stored so much that a load must be running.</summary>
    public Task LoadedAsync(long bytes = 2_000_000) => Eventually.HoldsAsync(() => StoredBytes() > bytes, "the load was running");

    /// <summary>The command lines of the processes that have to do with this directory, the runner's own not counted.</summary>
    public IReadOnlyList<string> Validators() => [.. CommandLines().Where(line => line.Contains(Root, StringComparison.Ordinal))];

    public Task NoValidatorIsLeftAsync() => Eventually.HoldsAsync(() => Validators().Count == 0, "no validator was left");

    /// <summary>The result files of all runs, one for each load.</summary>
    public IReadOnlyList<string> ResultFiles() => Directory.Exists(Results)
        ? [.. Directory.EnumerateFiles(Results, "*txs.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : [];

    public JsonDocument Result(Index index = default) => JsonDocument.Parse(File.ReadAllText(ResultFiles()[index]));

    public void Dispose()
    {
        _runners.ForEach(runner => runner.Dispose());
        Directory.Delete(Root, recursive: true);
    }

    private RunnerProcess Launch(string program, string? answers, string[] args, Dictionary<string, string>? variables = null)
    {
        // Where the tests run under nohup or in the background of a script, a hang-up or an interrupt is ignored, and what they start would rightly ignore it too.
        string[] words = OperatingSystem.IsLinux() ? ["env", "--default-signal=HUP,INT", program, .. args] : [program, .. args];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = Root,
            RedirectStandardInput = answers is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MYSTICETI_VALIDATOR"] = SourceTree.Validator, ["MYSTICETI"] = SourceTree.Runner },
        };
        foreach (var (name, value) in variables ?? []) start.Environment[name] = value;
        var process = Process.Start(start)!;
        if (answers is not null)
        {
            process.StandardInput.Write(answers);
            process.StandardInput.Close();
        }

        var runner = new RunnerProcess(process);
        _runners.Add(runner);
        return runner;
    }

    private long StoredBytes()
    {
        try
        {
            return Directory.Exists(NetworkDirectory())
                ? Directory.EnumerateFiles(NetworkDirectory(), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length)
                : 0;
        }
        catch (FileNotFoundException)
        {
            // Written under another name first, and renamed since it was listed.
            return 0;
        }
    }

    private static IEnumerable<string> CommandLines()
    {
        if (!Directory.Exists("/proc/self"))
        {
            using var ps = Process.Start(new ProcessStartInfo("ps", ["-axww", "-o", "command="]) { RedirectStandardOutput = true })!;
            return ps.StandardOutput.ReadToEnd().Split('\n');
        }

        var lines = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                lines.Add(File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' '));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // No process, or one that has just ended.
            }
        }

        return lines;
    }
}
