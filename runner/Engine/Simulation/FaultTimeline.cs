namespace Mysticeti.Engine.Simulation;

/// <summary>Carries out a fault plan, entry by entry, at its moments of virtual time.</summary>
internal sealed class FaultTimeline
{
    private readonly VirtualNetwork _network;
    private readonly List<(long AtNs, Action Action)> _entries = [];

    /// <param name="zeroNs">Virtual time that the plan's times count from: the start of the measured window.</param>
    public FaultTimeline(FaultPlan plan, VirtualNetwork network, long zeroNs)
    {
        (_network, ZeroNs) = (network, zeroNs);
        EndNs = At(plan.End);
        foreach (var crash in plan.Crashes)
        {
            Add(crash.At, () => network.Crash(crash.Validator));
            if (crash.RecoverAt is { } recovery) Add(recovery, () => network.Restart(crash.Validator));
        }

        foreach (var cut in plan.Partitions)
        {
            Add(cut.From, () => ForEachPair(cut.Members, acrossOnly: true, network.Cut));
            Add(cut.Until, () => ForEachPair(cut.Members, acrossOnly: true, network.Heal));
        }

        foreach (var slow in plan.SlowLinks)
        {
            Add(slow.From, () => ForEachPair(slow.Members, acrossOnly: false, (a, b) => Slow(a, b, slow.Extra)));
            Add(slow.Until, () => ForEachPair(slow.Members, acrossOnly: false, (a, b) => Slow(a, b, -slow.Extra)));
        }

        network.OnTimeline = number => _entries[number].Action();
    }

    /// <summary>Virtual time of the plan's zero.</summary>
    public long ZeroNs { get; }

    /// <summary>Virtual time from which nothing changes any more.</summary>
    public long EndNs { get; }

    /// <summary>Puts all entries into the network's events.</summary>
    public void Plan()
    {
        for (var number = 0; number < _entries.Count; number++) _network.PlanTimeline(_entries[number].AtNs, number);
    }

    private void Add(TimeSpan at, Action action) => _entries.Add((At(at), action));

    private long At(TimeSpan time) => ZeroNs + (time.Ticks * TimeSpan.NanosecondsPerTick);

    private void Slow(int a, int b, TimeSpan extra)
    {
        _network.Links.AddLatency(a, b, extra.Ticks * TimeSpan.NanosecondsPerTick);
        _network.Links.AddLatency(b, a, extra.Ticks * TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Each pair of a member and another validator once; of two members only where <paramref name="acrossOnly"/> is false.</summary>
    private void ForEachPair(IReadOnlyCollection<int> members, bool acrossOnly, Action<int, int> action)
    {
        for (var a = 0; a < _network.Validators.Length; a++)
        {
            for (var b = a + 1; b < _network.Validators.Length; b++)
            {
                var (first, second) = (members.Contains(a), members.Contains(b));
                if (first != second || (first && !acrossOnly)) action(a, b);
            }
        }
    }
}
