using System.Collections.Immutable;
using System.Net;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// Validators as processes of this machine, on loopback. Whatever happens to this object or to its process, none of them
/// is left behind, unless it was detached on purpose.
/// </summary>
public sealed partial class EmbeddedNetwork : INetwork
{
    private const int AttemptsOnFreePorts = 5;

    private readonly EmbeddedNetworkSettings _settings;
    private readonly TimeProvider _time;
    private readonly NetworkDirectories _directories;
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private ImmutableArray<ValidatorProcess> _processes = [];
    private NetworkState? _state;
    private string? _executable;
    private bool _isDetached;

    public EmbeddedNetwork(EmbeddedNetworkSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _directories = new NetworkDirectories(settings.NetworksDirectory);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <inheritdoc/>
    public NetworkOutputs Outputs
    {
        get => field ?? throw new InvalidOperationException("the network has not been started");
        private set;
    }

    /// <summary>The name it got. Valid once started.</summary>
    public string Name => Outputs.Name;

    /// <summary>Where its files are. Valid once started.</summary>
    public string Directory => _directories.Of(Name);

    /// <summary>Whether another command is stopping the network or has stopped it.</summary>
    public bool IsStoppedFromOutside => _directories.Read(Name) is null or { Stopping: true };

    /// <inheritdoc/>
    public async Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var executable = _executable = _settings.Validator ?? ValidatorExecutable.Find();
        var begin = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var ports = Ports();
            try
            {
                _state = await _directories.ReserveAsync(_settings.Name, _settings.Detached, _time, cancellationToken);
                await StartAsync(executable, ports, startupWait - _time.GetElapsedTime(begin), progress, cancellationToken);
                _isDetached = _settings.Detached;
                progress.Report($"{_processes.Length} validators are ready after {_time.GetElapsedTime(begin).TotalSeconds:0.0} s");
                if (_settings.Parameters is not { EmulatesWan: true }) return;
                foreach (var line in await RoundTrips.MeasureAsync(Outputs.Nodes, _time, cancellationToken)) progress.Report(line);
                return;
            }
            catch (Exception error)
            {
                await StopAsync(Cleanup.Nothing, CancellationToken.None);
                foreach (var process in _processes) process.Dispose();
                _processes = [];
                if (error is not LostPortException lost) throw;
                if (_settings.BasePort != 0 || attempt == AttemptsOnFreePorts) throw new NetworkException(lost.Message, lost);
                progress.Report("another program took one of the ports; trying others");
            }
        }
    }

    /// <inheritdoc/>
    public INodeResources Resources => new ProcessResources(() => [.. _processes.Select(process => process.HasExited ? (int?)null : process.Identity.Pid)]);

    /// <inheritdoc/>
    public IReadOnlyList<NodeFailure> Failures() => [.. _processes.Select(process => process.Failure()).OfType<NodeFailure>()];

    /// <inheritdoc/>
    public async Task CollectLogsAsync(string directory, CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(directory);
        foreach (var process in _processes)
            await LogFile.CopyAsync(process.LogPath, Path.Combine(directory, $"{process.Launch.Name}.log"), cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => StopAsync(_settings.Cleanup, cancellationToken);

    /// <summary>Stops the network, unless it is up and detached.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isDetached) await StopAsync(CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        foreach (var process in _processes) process.Dispose();
        _processes = [];
    }

    private async Task StopAsync(Cleanup cleanup, CancellationToken cancellationToken)
    {
        await _stopping.WaitAsync(CancellationToken.None);
        try
        {
            if (_state is not { } state) return;
            await Task.WhenAll(_processes.Select(process => process.StopAsync(_settings.StopGrace, cancellationToken)));
            _directories.RemoveState(state.Name);
            CleanUp(state.Name, cleanup);
            _state = null;
            _isDetached = false;
        }
        finally
        {
            _stopping.Release();
        }
    }

    private PortPlan Ports()
    {
        if (_settings.BasePort == 0) return PortPlan.FromPorts(FreePorts.Reserve(3 * _settings.Committee));
        var ports = PortPlan.ForOneHost(_settings.Committee, _settings.BasePort);
        return FreePorts.FirstOccupied(ports.All(), IPAddress.Loopback) is { } taken
            ? throw new NetworkException($"port {taken} is in use on 127.0.0.1; stop what listens there or pass --base-port 0 for free ports")
            : ports;
    }

    private async Task StartAsync(string executable, PortPlan ports, TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var (name, directory) = (_state!.Name, _directories.Of(_state.Name));
        var specification = new CommitteeSpecification
        {
            Name = name,
            Size = _settings.Committee,
            Ports = ports,
            Parameters = _settings.Parameters,
            UnsafeFaultInjection = _settings.FaultInjection,
            HeartbeatUrl = _settings.HeartbeatUrl,
            HeartbeatTokenFile = _settings.HeartbeatTokenFile,
        }.DealtTo(_settings.Regions);
        var plan = LaunchPlan.Create(specification, LaunchPaths.Under(directory), _time);
        Outputs = plan.ToOutputs(type: "embedded", provider: "process");
        plan.WriteFiles(directory);
        _directories.WriteOutputs(Outputs);

        progress.Report($"starting {plan.Nodes.Length} validators as network '{name}'");
        foreach (var node in plan.Nodes)
            _processes = _processes.Add(ValidatorProcess.Start(executable, node, _directories.LogOf(name, node.Index), tied: !_settings.Detached));
        _state = _state with
        {
            Nodes = [.. _processes.Select((process, i) => new NodeState(i, process.Launch.Name, process.Identity, Outputs.Nodes[i].RpcUrl, process.LogPath))],
        };
        _directories.Write(_state);
        await WaitUntilReadyAsync(startupWait > TimeSpan.Zero ? startupWait : TimeSpan.Zero, cancellationToken);
    }

    private async Task WaitUntilReadyAsync(TimeSpan startupWait, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = Readiness.WaitAsync(Outputs.Nodes, startupWait, _time, waiting.Token);
        var exits = _processes.Select(process => process.WaitForExitAsync(waiting.Token)).ToArray();
        try
        {
            var first = await Task.WhenAny([ready, .. exits]);
            if (first == ready || cancellationToken.IsCancellationRequested)
            {
                await ready;
                return;
            }
        }
        finally
        {
            await waiting.CancelAsync();
            await Task.WhenAll([ready, .. exits]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var failed = _processes.First(process => process.HasExited);
        var message = $"{failed.Launch.Name} {failed.Failure()!.Reason} (log: {failed.LogPath})";
        throw message.Contains("in use", StringComparison.OrdinalIgnoreCase) ? new LostPortException(message) : new NetworkException(message);
    }

    private void CleanUp(string name, Cleanup cleanup)
    {
        if (cleanup == Cleanup.Everything && System.IO.Directory.Exists(_directories.Of(name)))
            System.IO.Directory.Delete(_directories.Of(name), recursive: true);
        if (cleanup != Cleanup.Storage) return;
        foreach (var process in _processes)
        {
            var own = new DirectoryInfo(process.Launch.WorkingDirectory);
            foreach (var directory in own.EnumerateDirectories()) directory.Delete(recursive: true);
            foreach (var file in own.EnumerateFiles().Where(file => file.Name is not "key.json" and not "validator.log")) file.Delete();
        }
    }

    // The last resort where the process ends without coming back here: nobody waits any more, so no grace.
    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (_isDetached || _state is not { } state) return;
        foreach (var process in _processes) process.Kill();
        try
        {
            _directories.RemoveState(state.Name);
        }
        catch (IOException)
        {
            // A state whose processes are gone does no harm.
        }
    }

    /// <summary>A validator found one of its ports taken, though it was free a moment ago.</summary>
    private sealed class LostPortException(string message) : Exception(message);
}
