namespace Mysticeti.Engine.Calibration;

/// <summary>As many null servers as workers drive, each in a process of its own.</summary>
internal sealed class NullServers : IDisposable
{
    private readonly List<NullServerProcess> _all = [];

    public IReadOnlyList<NullServerProcess> All => _all;

    /// <exception cref="Networks.NetworkException">One did not start.</exception>
    public async Task StartAsync(int count, CancellationToken cancellationToken)
    {
        while (_all.Count < count) _all.Add(await NullServerProcess.StartAsync(cancellationToken));
    }

    public void Dispose()
    {
        foreach (var server in _all) server.Dispose();
    }
}
