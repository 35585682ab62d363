using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// Undoes what was done to nodes of this machine, even if this program is gone by then: each timer is a process of its own, beside the node
/// rather than in the runner.
/// </summary>
internal sealed class DeadManTimers
{
    // It holds neither the terminal nor anybody's pipe, and a Ctrl-C is not meant for it.
    private const string Script = "trap '' INT HUP; exec </dev/null >/dev/null 2>&1; sleep \"$1\"; shift; \"$@\"";

    private readonly Dictionary<int, Process> _timers = [];

    /// <summary>Has a command run after a while, instead of what an earlier timer of the node was to do.</summary>
    /// <exception cref="NetworkException">There is no shell to do it.</exception>
    public void Set(int node, TimeSpan after, params IReadOnlyList<string> command)
    {
        var seconds = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        Process timer;
        try
        {
            timer = Programs.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", seconds, .. command]) { UseShellExecute = false });
        }
        catch (Win32Exception error)
        {
            throw new NetworkException($"no timer could be started that undoes the fault: {error.Message}", error);
        }

        lock (_timers)
        {
            End(node);
            _timers.Add(node, timer);
        }
    }

    /// <summary>Nothing is to be undone any more.</summary>
    public void End(int node)
    {
        lock (_timers)
        {
            if (!_timers.Remove(node, out var timer)) return;
            if (!timer.HasExited) timer.Kill(entireProcessTree: true);
            timer.Dispose();
        }
    }
}
