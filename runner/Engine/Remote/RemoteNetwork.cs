using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Resources;
using Mysticeti.Engine.Ssh;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>
/// Validators on the user's own hosts, one on each, over SSH. Bringing it up again changes nothing where it runs already. A host that
/// fails is named, and what this run has put on the others is taken away again.
/// </summary>
public sealed class RemoteNetwork(RemoteNetworkSettings settings, ISshTransport transport, TimeProvider time) : INetwork
{
    private static readonly TimeSpan WorstClock = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestCleaning = TimeSpan.FromSeconds(30);

    private ImmutableArray<RemoteNode> _nodes = [];
    private RemoteWatch? _watch;
    private bool _stopped;

    /// <inheritdoc/>
    public NetworkOutputs Outputs
    {
        get => field ?? throw new InvalidOperationException("the network has not been started");
        private set;
    }

    /// <inheritdoc/>
    public INodeControl? Control => _watch is null ? null : new RemoteNodeControl(_nodes, _watch);

    /// <inheritdoc/>
    public INodeResources Resources => new RemoteResources(_nodes, time);

    private string OwnDirectory => Path.Combine(settings.LocalDirectory, settings.Name);

    private string Packages => Path.Combine(settings.LocalDirectory, "packages");

    /// <inheritdoc/>
    public async Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        await ConnectAsync(progress, cancellationToken);
        // Before a package is made for nothing.
        foreach (var node in _nodes) node.Check(0);
        var packages = await PackagesAsync(progress, cancellationToken);
        foreach (var node in _nodes) node.Check(packages[node.Facts.RuntimeIdentifier!].Length);
        foreach (var node in _nodes.Where(node => node.Facts.ClockOffset.Duration() > WorstClock + node.Facts.ClockError))
            progress.Report(string.Create(CultureInfo.InvariantCulture, $"note: the clock of {node.Place} is {node.Facts.ClockOffset.TotalSeconds:+0.0;-0.0} s off"));
        try
        {
            var outdated = _nodes.Where(node => !node.IsUpToDate(packages[node.Facts.RuntimeIdentifier!])).ToArray();
            await DeliverAsync(outdated, packages, progress, cancellationToken);
            progress.Report(outdated.Length == 0
                ? $"network '{settings.Name}' runs already on its {_nodes.Length} hosts; nothing was changed"
                : $"starting {outdated.Length} of {_nodes.Length} validators of network '{settings.Name}'");
            await EachAsync(outdated, node => node.StartAsync(packages[node.Facts.RuntimeIdentifier!], startupWait, cancellationToken));
            await Readiness.WaitAsync(Outputs.Nodes, startupWait, time, cancellationToken);
            _watch = new RemoteWatch(_nodes, time);
            await _watch.BeginAllAsync();
        }
        catch
        {
            await CleanTouchedAsync(progress);
            throw;
        }

        progress.Report($"{_nodes.Length} validators are ready after {time.GetElapsedTime(begin).TotalSeconds:0.0} s");
    }

    /// <summary>Stops the network that runs on the hosts, whoever started it, without bringing it up before.</summary>
    /// <exception cref="NetworkException">A host cannot be reached, or failed.</exception>
    public async Task StopRunningAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        await ConnectAsync(progress, cancellationToken);
        _stopped = true;
        await EachAsync(_nodes, node => node.StopAsync(settings.Cleanup, cancellationToken));
        if (settings.Cleanup == Cleanup.Everything && Directory.Exists(OwnDirectory)) Directory.Delete(OwnDirectory, recursive: true);
    }

    /// <inheritdoc/>
    public IReadOnlyList<NodeFailure> Failures() => _watch?.Failures ?? [];

    /// <inheritdoc/>
    public async Task CollectLogsAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        await EachAsync(_nodes, async node =>
        {
            await using var file = File.Create(Path.Combine(directory, $"{node.Name}.log"));
            await node.CopyLogAsync(file, cancellationToken);
        });
    }

    /// <summary>Stops the network where it is to be cleaned up; else it goes on running.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopped || _nodes.IsEmpty || settings.Cleanup == Cleanup.Nothing) return;
        _stopped = true;
        await EndWatchAsync();
        await EachAsync(_nodes, node => node.StopAsync(settings.Cleanup, cancellationToken));
        if (settings.Cleanup == Cleanup.Everything && Directory.Exists(OwnDirectory)) Directory.Delete(OwnDirectory, recursive: true);
    }

    /// <summary>Ends the logins; see <see cref="StopAsync"/> for the network.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndWatchAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        _nodes = [];
        (transport as IDisposable)?.Dispose();
    }

    private async Task EndWatchAsync()
    {
        if (_watch is null) return;
        await _watch.DisposeAsync();
        _watch = null;
    }

    private async Task ConnectAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var plan = RemotePlan.LoadOrCreate(settings.Specification(), OwnDirectory, time);
        Outputs = plan.OutputsFor(settings.Hosts);
        File.WriteAllText(Path.Combine(OwnDirectory, "outputs.json"), Outputs.ToJson());
        progress.Report($"connecting to {settings.Hosts.Length} hosts with {transport.Name}");
        var connecting = settings.Hosts.Select((host, i) => LogInAsync(i, host, plan, cancellationToken)).ToArray();
        await ((Task)Task.WhenAll(connecting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _nodes = [.. connecting.Where(login => login.IsCompletedSuccessfully).Select(login => login.Result)];
        await TogetherAsync(connecting);
    }

    private async Task<RemoteNode> LogInAsync(int index, RemoteHost host, RemotePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            var node = await RemoteNode.ConnectAsync(index, host, plan, settings.Runtime, transport, time, cancellationToken);
            await node.LookAsync(cancellationToken);
            return node;
        }
        catch (SshException error)
        {
            throw new NetworkException($"host {host.Host} ({ValidatorLaunch.NodeName(index)}): {error.Message}", error);
        }
    }

    private async Task<Dictionary<string, ValidatorPackage>> PackagesAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var packages = new Dictionary<string, ValidatorPackage>();
        foreach (var identifier in _nodes.Select(node => node.Facts.RuntimeIdentifier!).Distinct())
        {
            packages[identifier] = settings switch
            {
                { Runtime: HostRuntime.Docker } => await ValidatorPackage.SaveImageAsync(identifier, Packages, progress, cancellationToken),
                { PackageDirectory: { } directory } => await ValidatorPackage.PackAsync(directory, Packages, cancellationToken),
                _ => await ValidatorPackage.PublishAsync(identifier, Packages, progress, cancellationToken),
            };
        }

        return packages;
    }

    private static async Task DeliverAsync(RemoteNode[] nodes, Dictionary<string, ValidatorPackage> packages, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (nodes.Length == 0) return;
        var sent = new UploadProgress(nodes.Sum(node => node.Facts.PayloadHash == packages[node.Facts.RuntimeIdentifier!].Hash ? 0 : packages[node.Facts.RuntimeIdentifier!].Length), progress);
        await EachAsync(nodes, node => node.DeliverAsync(packages[node.Facts.RuntimeIdentifier!], sent.Of(node.Index), cancellationToken));
    }

    /// <summary>Takes away what this run has put on hosts that had nothing of the network; the others are stopped.</summary>
    private async Task CleanTouchedAsync(IProgress<string> progress)
    {
        _stopped = true;
        using var limit = new CancellationTokenSource(LongestCleaning, time);
        await Task.WhenAll(_nodes.Where(node => node.IsTouched).Select(async node =>
        {
            try
            {
                await node.StopAsync(node.Facts.IsInstalled ? Cleanup.Nothing : Cleanup.Everything, limit.Token);
            }
            catch (Exception error) when (error is NetworkException or SshException or OperationCanceledException)
            {
                progress.Report($"note: {node.Place} could not be cleaned: {error.Message}");
            }
        }));
    }

    private static Task EachAsync(IEnumerable<RemoteNode> nodes, Func<RemoteNode, Task> step) => TogetherAsync([.. nodes.Select(step)]);

    /// <summary>Waits for all; several failures become one message.</summary>
    private static async Task TogetherAsync(IReadOnlyCollection<Task> tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var failures = tasks.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!).ToArray();
        if (failures.Length == 0)
        {
            await Task.WhenAll(tasks);
            return;
        }

        var first = failures.FirstOrDefault(failure => failure is not (NetworkException or SshException)) ?? failures[0];
        if (first is not (NetworkException or SshException)) throw new NetworkException(first.Message, first);
        throw new NetworkException(string.Join("; ", failures.Select(failure => failure.Message)), first);
    }
}
