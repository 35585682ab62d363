using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Simulation;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

/// <summary>
/// A simulated committee whose traces are given out as validators give theirs, each on a port of its own, at a steady number of entries a second. The simulation runs
/// beside it, about a virtual second ahead of what is given out.
/// </summary>
internal sealed class ReplayNetwork : IAsyncDisposable
{
    private const int Ring = 16_384;
    private const int Load = 2_000;

    private static readonly long VirtualEpochNs = (VirtualTime.Epoch - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private readonly WebApplication _app;
    private readonly LoadSimulation _simulation;
    private readonly CancellationTokenSource _end = new();
    private readonly double _entriesPerSecond;
    private readonly long _wanted;
    private readonly long _startNs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<(double Seconds, long VirtualNs)> _releases = [(0, 0)];
    private readonly long[] _counted;
    private readonly HashSet<(int Node, long Round, int Author)> _blocks = [];
    private Task _simulating = Task.CompletedTask;

    private ReplayNetwork(int size, double entriesPerSecond, int seconds)
    {
        (_entriesPerSecond, _wanted, _counted) = (entriesPerSecond, (long)(entriesPerSecond * seconds), new long[size]);
        // Committees of this size make more than so many entries in a virtual second.
        var settings = new SimulationSettings { Committee = size, Loads = [Load], Duration = TimeSpan.FromSeconds(seconds), TraceEntries = Ring };
        _simulation = new LoadSimulation(settings.Validated(), 1, Load);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < size; i++) kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.MapGet("/v1/trace", (RequestDelegate)TraceAsync);
    }

    /// <summary>Whether the simulation has ended: what follows holds then.</summary>
    public bool HasEnded => _simulating.IsCompletedSuccessfully;

    /// <summary>Of all validators.</summary>
    public long Entries => _counted.Sum();

    /// <summary>Blocks, counted at each validator that knows them.</summary>
    public long Blocks => _blocks.Count;

    public long CommittedBlocks { get; private set; }

    public long Commits { get; private set; }

    public long Decisions { get; private set; }

    public NetworkOutputs Outputs => new()
    {
        Name = "replay", Type = "local", Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. _app.Urls.Select((url, i) => new NodeOutput { Index = i, Name = $"mysticeti-node{i}", Host = "127.0.0.1", RpcUrl = new Uri(url) })],
    };

    /// <param name="entriesPerSecond">Of all validators together.</param>
    /// <param name="seconds">How long they give out so many.</param>
    public static async Task<ReplayNetwork> StartAsync(int size, double entriesPerSecond, int seconds)
    {
        var network = new ReplayNetwork(size, entriesPerSecond, seconds);
        await network._app.StartAsync();
        network._simulating = Task.Factory.StartNew(network.Simulate, TaskCreationOptions.LongRunning);
        return network;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _simulating;
        await _app.DisposeAsync();
        _end.Dispose();
    }

    private double Elapsed => TimeProvider.System.GetElapsedTime(_start).TotalSeconds;

    private void Simulate()
    {
        _simulation.Run(passed => Release(LoadSimulation.StartUp + passed), _end.Token);
        Release(null);
    }

    /// <summary>Lets out what was simulated, evenly over the time that so many entries take; waits until what was let out before is gone.</summary>
    /// <param name="until">Virtual time; null: all there is.</param>
    private void Release(TimeSpan? until)
    {
        for (var validator = 0; validator < _counted.Length; validator++) Count(validator);
        double before;
        lock (_lock)
        {
            before = _releases[^1].Seconds;
            _releases.Add((Entries / _entriesPerSecond, until is { } time ? time.Ticks * TimeSpan.NanosecondsPerTick : long.MaxValue));
        }

        if (Entries >= _wanted) _end.Cancel();
        _end.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(Math.Max(0, before - Elapsed)));
    }

    private void Count(int validator)
    {
        var entries = new List<TraceEntry>();
        Assert.Equal(_counted[validator] + 1, _simulation.Traces[validator].Read(_counted[validator], int.MaxValue, entries).First);
        _counted[validator] += entries.Count;
        foreach (var entry in entries)
        {
            if (entry.Kind == TraceKind.LeaderDecided) Decisions++;
            if (entry.Kind is TraceKind.BlockProposed or TraceKind.BlockReceived) _blocks.Add((validator, entry.Block.Round, entry.Block.Author));
            if (entry.Kind != TraceKind.SubdagCommitted) continue;
            Commits++;
            CommittedBlocks += entry.Blocks.Length;
        }
    }

    /// <summary>Up to which virtual time entries are given out by now.</summary>
    private long ReleasedNs()
    {
        var now = Elapsed;
        lock (_lock)
        {
            var next = _releases.FindIndex(release => release.Seconds > now);
            if (next < 0) return _releases[^1].VirtualNs;
            var (from, to) = (_releases[next - 1], _releases[next]);
            return to.VirtualNs == long.MaxValue ? from.VirtualNs : from.VirtualNs + (long)((to.VirtualNs - from.VirtualNs) * ((now - from.Seconds) / (to.Seconds - from.Seconds)));
        }
    }

    private async Task TraceAsync(HttpContext context)
    {
        var port = context.Connection.LocalPort;
        var validator = _app.Urls.Select((url, i) => (new Uri(url).Port, i)).First(pair => pair.Port == port).i;
        var (after, limit) = (long.Parse(context.Request.Query["after"]!, null), int.Parse(context.Request.Query["limit"]!, null));
        var releasedNs = ReleasedNs();
        var entries = new List<TraceEntry>();
        var window = _simulation.Traces[validator].Read(after, limit, entries);
        var released = entries.TakeWhile(entry => entry.TimestampNs - VirtualEpochNs <= releasedNs)
            .Select((entry, i) => (window.First + i, entry with { TimestampNs = entry.TimestampNs - VirtualEpochNs + _startNs })).ToArray();
        if (released.Length < entries.Count) window = window with { Next = window.First + released.Length };
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body)) TraceJson.WritePage(json, new TraceSource($"mysticeti-node{validator}", validator, "boot", "replay"), window, released);
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}
