using System.Globalization;

namespace Mysticeti.Engine.Networks;

/// <content>Single nodes of the network, stopped and started on purpose.</content>
public sealed partial class EmbeddedNetwork
{
    private readonly Lock _replacing = new();

    /// <inheritdoc/>
    public INodeControl Control => field ??= new NodeControl(this);

    private void Replace(int node)
    {
        lock (_replacing)
        {
            var ended = _processes[node];
            if (!ended.HasExited || _state is not { } state) return;
            _processes = _processes.SetItem(
                node, ValidatorProcess.Start(_executable!, ended.Launch, ended.LogPath, tied: !_settings.Detached));
            ended.Dispose();
            _state = state with { Nodes = state.Nodes.SetItem(node, state.Nodes[node] with { Process = _processes[node].Identity }) };
            _directories.Write(_state);
        }
    }

    /// <summary>What <see cref="INodeControl"/> says, by signals.</summary>
    private sealed class NodeControl(EmbeddedNetwork network) : INodeControl
    {
        private readonly DeadManTimers _timers = new();

        public async Task KillAsync(int node, CancellationToken cancellationToken)
        {
            var process = network._processes[node];
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }

        public Task StartAsync(int node, CancellationToken cancellationToken)
        {
            network.Replace(node);
            return Task.CompletedTask;
        }

        public Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken)
        {
            if (OperatingSystem.IsWindows()) throw new NetworkException("processes cannot be frozen on Windows");
            var process = network._processes[node];
            if (process.HasExited) throw new NetworkException($"{process.Launch.Name} does not run, so it cannot be paused");
            _timers.Set(node, longest, "kill", "-CONT", process.Identity.Pid.ToString(CultureInfo.InvariantCulture));
            Signals.Freeze(process.Identity.Pid);
            return Task.CompletedTask;
        }

        public Task ResumeAsync(int node, CancellationToken cancellationToken)
        {
            Signals.Continue(network._processes[node].Identity.Pid);
            _timers.End(node);
            return Task.CompletedTask;
        }

        public Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) => Task.FromResult(!network._processes[node].HasExited);
    }
}
