using System.Security.Cryptography;
using System.Text;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Ssh;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>One validator on one host: what is done to it, step by step. Every failure names the host and what it said.</summary>
internal sealed class RemoteNode : IAsyncDisposable
{
    private readonly RemotePlan _plan;
    private readonly HostRuntime _runtime;
    private readonly SshSession _session;
    private readonly TimeProvider _time;
    private HostFacts? _facts;

    private RemoteNode(int index, RemotePlan plan, HostRuntime runtime, SshSession session, TimeProvider time) =>
        (Index, _plan, _runtime, _session, _time) = (index, plan, runtime, session, time);

    public int Index { get; }

    public string Name => ValidatorLaunch.NodeName(Index);

    public string Host => _session.Target.Host;

    /// <summary>As people find it: "host 10.0.0.1 (mysticeti-node0)".</summary>
    public string Place => $"host {_session.Target.Host} ({Name})";

    /// <summary>Valid once <see cref="LookAsync"/> has returned.</summary>
    public HostFacts Facts => _facts ?? throw new InvalidOperationException("the host has not been looked at");

    /// <summary>Whether this run has put anything on the host.</summary>
    public bool IsTouched { get; private set; }

    private string Directory => $".mysticeti/{_plan.Specification.Name}/{Name}";

    private string Root => $"{Facts.Home}/{Directory}";

    private InstallScript Install(int healthSeconds = 60) => new()
    {
        Launch = _plan.LaunchOf(Index, _runtime == HostRuntime.Docker ? InstallScript.ContainerRoot : Root),
        Runtime = _runtime,
        Root = Root,
        HealthSeconds = healthSeconds,
    };

    public static async Task<RemoteNode> ConnectAsync(
        int index, RemoteHost host, RemotePlan plan, HostRuntime runtime, ISshTransport transport, TimeProvider time, CancellationToken cancellationToken)
    {
        var key = File.Exists(host.SshKeyPath) ? host.SshKeyPath : null;
        var target = new SshTarget(host.Host, host.SshPort, host.SshUser, key);
        return new RemoteNode(index, plan, runtime, await transport.ConnectAsync(target, cancellationToken), time);
    }

    /// <summary>Looks at the host, and changes nothing.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var (command, input) = HostFacts.Question(Directory, Name, _runtime);
        var before = _time.GetUtcNow();
        var result = await _session.RunAsync(command, input, cancellationToken);
        _facts = result.ExitCode == 0
            ? HostFacts.Read(result.Output, before, _time.GetUtcNow())
            : throw Failed("looking at it", result);
    }

    /// <summary>Fails where no validator can run.</summary>
    public void Check(long payloadBytes)
    {
        var ports = _plan.Specification.Ports!.Nodes[Index];
        if (Facts.Obstacle(_runtime, [ports.Rpc, ports.Abci, ports.Peer], payloadBytes) is { } obstacle)
            throw new NetworkException($"{Place} cannot run a validator: {obstacle}");
    }

    /// <summary>Names what is to run, whatever it is: two that are equal need no restart.</summary>
    public string LaunchHash(ValidatorPackage package) => Hash(Encoding.UTF8.GetBytes(string.Join('\0',
        [Hash(_plan.Genesis.ToBytes()), Hash(_plan.Keys[Index].ToBytes()), package.Hash, _runtime.ToString(), _plan.Specification.Parameters?.ToString() ?? "", .. Install().Launch.Arguments])));

    /// <summary>Whether exactly this validator runs already.</summary>
    public bool IsUpToDate(ValidatorPackage package) => Facts.IsRunning && Facts.LaunchHash == LaunchHash(package);

    /// <summary>Puts everything on the host that the validator needs; what is there already is not sent again.</summary>
    /// <param name="progress">Takes the bytes of the validator sent so far.</param>
    public async Task DeliverAsync(ValidatorPackage package, IProgress<long> progress, CancellationToken cancellationToken)
    {
        IsTouched = true;
        var install = Install();
        var genesis = _plan.Genesis.ToBytes();
        await ScriptAsync("preparing it", install.Prepare(), cancellationToken);
        if (Facts.IsInstalled) await ScriptAsync("stopping its validator", $"{Scripts().Resume()}{install.Stop()}", cancellationToken);
        // Blocks of another network would be refused by the validator.
        if (Facts.GenesisHash.Length > 0 && Facts.GenesisHash != Hash(genesis)) await CommandAsync("clearing its storage", ["rm", "-rf", $"{Root}/data"], cancellationToken);
        await UploadAsync(genesis, install.GenesisPath, cancellationToken);
        await UploadAsync(_plan.Keys[Index].ToBytes(), install.KeyPath, cancellationToken);
        if (_plan.Specification.Parameters is { } parameters) await UploadAsync(parameters.ToBytes(), install.ParametersPath, cancellationToken);
        if (Facts.PayloadHash == package.Hash) return;
        await using (var content = File.OpenRead(package.Path))
            await Explained("uploading the validator", _session.UploadAsync(content, package.Length, install.PayloadPath, progress, cancellationToken));
        // Of an image the host's engine tells.
        if (_runtime != HostRuntime.Docker) await UploadAsync(Encoding.UTF8.GetBytes(package.Hash), $"{Root}/payload.sha256", cancellationToken);
    }

    /// <summary>Starts what was delivered; returns when it answers on its host.</summary>
    public async Task StartAsync(ValidatorPackage package, TimeSpan longest, CancellationToken cancellationToken)
    {
        await ScriptAsync("starting its validator", Install((int)Math.Ceiling(longest.TotalSeconds)).Start(), cancellationToken);
        await UploadAsync(Encoding.UTF8.GetBytes(LaunchHash(package)), $"{Root}/launch.sha256", cancellationToken);
    }

    /// <summary>Stops the validator, and deletes of it what the clean-up says.</summary>
    public async Task StopAsync(Cleanup cleanup, CancellationToken cancellationToken)
    {
        // Of a fault that nobody was left to undo there may be a timer yet.
        if (cleanup != Cleanup.Everything) await ScriptAsync("stopping its validator", $"{Scripts().Resume()}{Install().Stop()}", cancellationToken);
        if (cleanup == Cleanup.Storage) await CommandAsync("deleting its storage", ["rm", "-rf", $"{Root}/data"], cancellationToken);
        if (cleanup != Cleanup.Everything) return;
        await ScriptAsync("removing its validator", $"{Scripts().Resume()}{Install().Remove()}", cancellationToken);
        // The directories above it, unless another network is in them.
        await _session.RunAsync(["rmdir", $"{Facts.Home}/.mysticeti/{_plan.Specification.Name}", $"{Facts.Home}/.mysticeti"], "", cancellationToken);
    }

    /// <summary>Runs a script of <see cref="NodeScripts"/>.</summary>
    public Task ControlAsync(string doing, string script, CancellationToken cancellationToken) => ScriptAsync(doing, script, cancellationToken);

    public NodeScripts Scripts() => new(Install());

    public async Task<bool> IsRunningAsync(CancellationToken cancellationToken)
    {
        var (command, input) = HostFacts.Question(Directory, Name, _runtime);
        var now = _time.GetUtcNow();
        return HostFacts.Read((await _session.RunAsync(command, input, cancellationToken)).Output, now, now).IsRunning;
    }

    /// <summary>What the validator has used so far; null where it does not run.</summary>
    /// <param name="process">Of the last answer; empty: none.</param>
    /// <exception cref="SshException">The connection was lost.</exception>
    public async Task<HostCounters?> ReadCountersAsync(string process, CancellationToken cancellationToken)
    {
        var (command, input) = HostCounters.Question(Directory, Name, _runtime, process);
        return HostCounters.Read((await _session.RunAsync(command, input, cancellationToken)).Output);
    }

    /// <summary>Waits on the host until the validator has ended, however long that takes.</summary>
    /// <returns>The last lines of its log.</returns>
    public async Task<IReadOnlyList<string>> AwaitEndAsync(CancellationToken cancellationToken)
    {
        const string Doing = "watching its validator";
        var result = await ScriptAsync(Doing, Scripts().AwaitEnd(), cancellationToken);
        var lines = result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines is [NodeScripts.Ended, .. var log] ? log : throw Failed(Doing, result);
    }

    public async Task CopyLogAsync(Stream target, CancellationToken cancellationToken)
    {
        const int AllOfIt = 1_000_000;
        if (_runtime == HostRuntime.Process) await Explained("copying its log", _session.DownloadAsync(Install().LogPath, target, cancellationToken));
        else await target.WriteAsync(Encoding.UTF8.GetBytes((await ScriptAsync("copying its log", Install().Logs(AllOfIt), cancellationToken)).Output), cancellationToken);
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private async Task UploadAsync(byte[] bytes, string path, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes);
        await Explained($"writing {path}", _session.UploadAsync(content, bytes.Length, path, null, cancellationToken));
    }

    private async Task<SshResult> ScriptAsync(string doing, string script, CancellationToken cancellationToken)
    {
        var running = _session.RunAsync(["sh", "-s"], script, cancellationToken);
        await Explained(doing, running);
        return (await running).ExitCode == 0 ? await running : throw Failed(doing, await running);
    }

    private async Task CommandAsync(string doing, string[] command, CancellationToken cancellationToken)
    {
        var running = _session.RunAsync(command, "", cancellationToken);
        await Explained(doing, running);
        if ((await running).ExitCode != 0) throw Failed(doing, await running);
    }

    private async Task Explained(string doing, Task work)
    {
        try
        {
            await work;
        }
        catch (SshException error)
        {
            throw new NetworkException($"{Place} failed at {doing}: {error.Message}", error);
        }
    }

    private NetworkException Failed(string doing, SshResult result) =>
        new($"{Place} failed at {doing}: {SshMessages.LastLine(result.Error, $"exit code {result.ExitCode}")}");
}
