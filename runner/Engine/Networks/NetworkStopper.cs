namespace Mysticeti.Engine.Networks;

/// <summary>Stops networks that another command started, by their state files.</summary>
internal static class NetworkStopper
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Asks every recorded process that still is the recorded one to end, kills those that run after <paramref name="grace"/>, and
    /// removes the state file.
    /// </summary>
    /// <returns>How many nodes were running.</returns>
    public static async Task<int> StopAsync(
        NetworkDirectories directories, NetworkState state, TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        var alive = state.Nodes.Where(node => node.Process.IsAlive()).ToArray();
        directories.Write(state with { Stopping = true });
        foreach (var node in alive) Signals.Terminate(node.Process.Pid);
        var begin = time.GetTimestamp();
        while (alive.Any(node => node.Process.IsAlive()))
        {
            if (time.GetElapsedTime(begin) > grace)
            {
                foreach (var node in alive.Where(node => node.Process.IsAlive())) Signals.Kill(node.Process.Pid);
                grace = TimeSpan.MaxValue;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }

        directories.RemoveState(state.Name);
        return alive.Length;
    }
}
