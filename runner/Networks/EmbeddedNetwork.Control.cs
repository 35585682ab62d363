using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.Runner.Networks;

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
        // Beside the frozen process rather than in the runner, which may be gone by then.
        private const string DeadMan = "trap '' INT HUP; sleep \"$1\"; kill -CONT \"$2\"";

        private readonly Dictionary<int, Process> _timers = [];

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
            var timer = StartTimer(longest, process.Identity.Pid);
            lock (_timers)
            {
                _timers.Remove(node, out var earlier);
                End(earlier);
                _timers.Add(node, timer);
            }

            Signals.Freeze(process.Identity.Pid);
            return Task.CompletedTask;
        }

        public Task ResumeAsync(int node, CancellationToken cancellationToken)
        {
            Signals.Continue(network._processes[node].Identity.Pid);
            lock (_timers)
            {
                _timers.Remove(node, out var timer);
                End(timer);
            }

            return Task.CompletedTask;
        }

        public Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken) => Task.FromResult(!network._processes[node].HasExited);

        private static Process StartTimer(TimeSpan longest, int pid)
        {
            var seconds = Math.Ceiling(longest.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            string[] words = ["-c", DeadMan, "sh", seconds, pid.ToString(CultureInfo.InvariantCulture)];
            try
            {
                return Process.Start(new ProcessStartInfo("/bin/sh", words) { UseShellExecute = false })!;
            }
            catch (Win32Exception exception)
            {
                throw new NetworkException($"no timer could be started that lets the frozen node go on: {exception.Message}", exception);
            }
        }

        private static void End(Process? timer)
        {
            if (timer is null) return;
            if (!timer.HasExited) timer.Kill(entireProcessTree: true);
            timer.Dispose();
        }
    }
}
