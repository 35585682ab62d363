using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>What becomes of the containers afterwards.</summary>
public enum ContainerCleanup
{
    /// <summary>They go on running.</summary>
    Nothing,

    /// <summary>Containers and their network are stopped and removed; volumes stay.</summary>
    Containers,

    /// <summary>The file's own volumes are removed, too.</summary>
    Volumes,
}

/// <summary>How a network of containers is brought up.</summary>
/// <param name="ComposePath">The compose file, ours or another.</param>
/// <param name="NetworksDirectory">Where the state of networks is kept.</param>
public sealed record ComposeNetworkSettings(string ComposePath, ContainerCleanup Cleanup, string NetworksDirectory)
{
    /// <summary>Whether the validators can be asked to misbehave, where the compose file is one of ours. Containers that run otherwise are made anew.</summary>
    public bool FaultInjection { get; init; }
}

/// <summary>Validators in containers of one compose file. Each container that publishes port 26657 is one.</summary>
public sealed partial class ComposeNetwork(ComposeNetworkSettings settings, TimeProvider time) : INetwork
{
    /// <summary>The network's type, its region, and its name where the containers do not say another.</summary>
    private const string Local = "local";

    private const string FlavorLabel = "mysticeti.flavor";
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    private Compose? _compose;
    private ContainerWatch? _watch;
    private ContainerResources? _resources;
    private CancellationToken _interrupt;
    private bool _isUp;
    private string? _name;

    /// <inheritdoc/>
    public NetworkOutputs Outputs
    {
        get => field ?? throw new InvalidOperationException("the network has not been started");
        private set;
    }

    /// <inheritdoc/>
    public INodeControl? Control { get; private set; }

    /// <inheritdoc/>
    public INodeResources? Resources => _resources;

    /// <summary>How many validators a compose file has.</summary>
    /// <exception cref="NetworkException">There is no Compose, or the file is wrong.</exception>
    public static async Task<int> CountAsync(string composePath, CancellationToken cancellationToken)
    {
        var services = await (await Compose.FindAsync(composePath, cancellationToken)).ServicesAsync(cancellationToken);
        return services.Count(service => service.ContainerPorts.Contains(PortPlan.DefaultRpc)) is > 0 and var count ? count : throw NoValidator(composePath);
    }

    /// <inheritdoc/>
    public async Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        _interrupt = cancellationToken;
        _compose = await Compose.FindAsync(settings.ComposePath, cancellationToken, settings.FaultInjection ? "--unsafe-fault-injection" : "");
        var services = await _compose.ServicesAsync(cancellationToken);
        if (services.Any(service => service.Image == ContainerImages.Validator)) await ValidatorImage.EnsureAsync(progress, cancellationToken);

        var begin = time.GetTimestamp();
        progress.Report($"starting the containers of {settings.ComposePath}");
        try
        {
            var since = time.GetUtcNow();
            _isUp = true;
            await _compose.UpAsync(cancellationToken);
            var containers = await DockerEngine.InspectAsync(await _compose.ContainersAsync(cancellationToken), cancellationToken);
            Outputs = Describe(containers);
            _name = Outputs.Name;
            State().Write(settings.NetworksDirectory);
            // By id: the ends of containers that these have replaced are no failures.
            _watch = ContainerWatch.Start(containers.Where(container => Outputs.Nodes.Any(node => node.Container == container.Name)).Select(container => container.Id), since);
            Control = new ContainerControl(Outputs.Nodes, _watch);
            await WaitUntilReadyAsync(startupWait, cancellationToken);
            _resources = await ContainerResources.FindAsync(Outputs.Nodes, time, cancellationToken);
            progress.Report($"{Outputs.Nodes.Length} containers are ready after {time.GetElapsedTime(begin).TotalSeconds:0.0} s");
        }
        catch (Exception)
        {
            await TearDownAsync(settings.Cleanup == ContainerCleanup.Volumes, CancellationToken.None);
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<NodeFailure> Failures() => _watch is null
        ? []
        : [.. Outputs.Nodes.Where(node => _watch.Ended.ContainsKey(node.Container!)).Select(node => new NodeFailure(
            node.Index, node.Name, $"ended with exit code {_watch.Ended[node.Container!]}; its log: docker logs {node.Container}"))];

    /// <inheritdoc/>
    public async Task CollectLogsAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        foreach (var node in Outputs.Nodes)
        {
            var logs = await DockerEngine.RunAsync(["logs", node.Container!], cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory, $"{node.Name}.log"), logs.Output + logs.Error, cancellationToken);
        }
    }

    /// <summary>Leaves the containers running, unless a clean-up was asked for or the run was interrupted.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_isUp) return;
        if (settings.Cleanup != ContainerCleanup.Nothing) await TearDownAsync(settings.Cleanup == ContainerCleanup.Volumes, cancellationToken);
        else if (_interrupt.IsCancellationRequested) await HaltAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await EndWatchAsync();
        _resources?.Dispose();
    }

    private async Task HaltAsync(CancellationToken cancellationToken)
    {
        await EndWatchAsync();
        await _compose!.StopAsync(cancellationToken);
        Forget();
    }

    private async Task TearDownAsync(bool volumes, CancellationToken cancellationToken)
    {
        await EndWatchAsync();
        if (!_isUp) return;
        await _compose!.DownAsync(volumes, cancellationToken);
        Forget();
    }

    private void Forget()
    {
        _isUp = false;
        if (_name is not null) ContainerState.Remove(settings.NetworksDirectory, _name);
    }

    private async Task EndWatchAsync()
    {
        if (_watch is null) return;
        await _watch.DisposeAsync();
        _watch = null;
    }

    private async Task WaitUntilReadyAsync(TimeSpan startupWait, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = Readiness.WaitAsync(Outputs.Nodes, startupWait, time, waiting.Token);
        while (await Task.WhenAny(ready, Task.Delay(WatchInterval, time, waiting.Token)) != ready && !cancellationToken.IsCancellationRequested)
        {
            if (Failures() is not [var failure, ..]) continue;
            await waiting.CancelAsync();
            await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var log = await DockerEngine.LastLinesAsync(Outputs.Nodes[failure.Index].Container!, 3, cancellationToken);
            throw new NetworkException($"{failure.Name} ended with exit code {_watch!.Ended[failure.Name]}: {string.Join(" | ", log)}");
        }

        await ready;
    }

    private NetworkOutputs Describe(IReadOnlyList<ContainerInfo> containers)
    {
        var nodes = containers.Where(container => container.PublishedPorts.ContainsKey(PortPlan.DefaultRpc)).OrderBy(Order).ThenBy(container => container.Name).ToArray();
        if (nodes.Length == 0) throw NoValidator(settings.ComposePath);
        return new NetworkOutputs
        {
            Name = nodes[0].Labels.TryGetValue(ComposeFile.NetworkLabel, out var name) && CommitteeSpecification.IsName(name) ? name : Local,
            Type = Local,
            Provider = "docker",
            Flavor = Flavor(nodes[0]),
            Nodes = [.. nodes.Select((container, index) => Node(container, index))],
        };
    }

    private static NetworkException NoValidator(string composePath) => new(
        $"no service of '{composePath}' publishes port {PortPlan.DefaultRpc}, where validators are spoken to; it needs, for example, ports: [\"26657:{PortPlan.DefaultRpc}\"]");

    private static NodeOutput Node(ContainerInfo container, int index)
    {
        var rpc = new Uri($"http://{Reached(container.PublishedPorts[PortPlan.DefaultRpc])}");
        return new NodeOutput
        {
            Index = index,
            Name = container.Name,
            Region = Local,
            Host = rpc.DnsSafeHost,
            RpcUrl = rpc,
            MetricsUrl = new Uri($"{rpc.OriginalString}/metrics"),
            AbciAddress = container.PublishedPorts.TryGetValue(PortPlan.DefaultAbci, out var abci) ? $"tcp://{Reached(abci)}" : null,
            Container = container.Name,
        };
    }

    // A port that is published on all addresses is reached on the nearest.
    private static HostPort Reached(HostBinding binding) => new(binding.Address is "0.0.0.0" or "::" or "" ? ContainerPlan.PublishedHost : binding.Address, binding.Port);

    // node10 after node9.
    private static int Order(ContainerInfo container) => int.TryParse(LastNumber().Match(container.Name).Value, out var number) ? number : int.MaxValue;

    private static string Flavor(ContainerInfo container) =>
        container.Labels.TryGetValue(FlavorLabel, out var flavor) ? flavor
        : container.Image.Contains(NetworkOutputs.ScalarOrg, StringComparison.OrdinalIgnoreCase) ? NetworkOutputs.ScalarOrg
        : NetworkOutputs.Mysticeti;

    private ContainerState State() => new()
    {
        Name = Outputs.Name,
        StartedAt = time.GetUtcNow(),
        ComposeFile = _compose!.Path,
        Nodes = [.. Outputs.Nodes.Select(node => new ContainerNode(node.Index, node.Container!, node.RpcUrl))],
    };

    [GeneratedRegex("[0-9]+$")]
    private static partial Regex LastNumber();
}
