using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Mysticeti.Engine.Faults;

/// <summary>What can be done to nodes on purpose.</summary>
public enum FaultKind
{
    /// <summary>Ended at once, as by a crash, and started again on its storage.</summary>
    Kill,

    /// <summary>Frozen; its connections stay open.</summary>
    Pause,

    /// <summary>Killed and started again at once.</summary>
    Restart,

    /// <summary>Each of the nodes is cut off from its peers.</summary>
    Disconnect,

    /// <summary>Nothing passes between one side and the other.</summary>
    Partition,

    /// <summary>What goes over the nodes' links takes longer.</summary>
    Slow,

    /// <summary>A share of what goes over the nodes' links is lost.</summary>
    Loss,

    /// <summary>The nodes' clocks are wrong.</summary>
    ClockSkew,

    /// <summary>The nodes cannot write to their disk, which ends them; then they are started again.</summary>
    DiskFull,

    /// <summary>The nodes propose two blocks in a round.</summary>
    Equivocate,

    /// <summary>The nodes keep their blocks from some peers.</summary>
    Withhold,
}

/// <summary>One fault of a timeline: what happens to which nodes, from when to when. Times run from the start of the measured window.</summary>
public sealed record FaultEvent
{
    public required FaultKind Kind { get; init; }

    /// <summary>Authority indices, ascending; of a partition one side.</summary>
    public required ImmutableArray<int> Nodes { get; init; }

    /// <summary>The other ends of the links in question (of a partition the other side); empty: all other nodes.</summary>
    public ImmutableArray<int> Peers { get; init; } = [];

    public required TimeSpan At { get; init; }

    /// <summary>When it is undone; null: at the end of the load.</summary>
    public TimeSpan? Until { get; init; }

    /// <summary>One-way delay of slow links in milliseconds.</summary>
    public int DelayMs { get; init; }

    /// <summary>Spread of <see cref="DelayMs"/> in milliseconds.</summary>
    public int JitterMs { get; init; }

    /// <summary>Share of what is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>How far clocks are ahead, in milliseconds; negative: behind.</summary>
    public int ClockSkewMs { get; init; }

    /// <summary>Whether the validator itself is asked for it, over its fault interface; else the host of the node does it.</summary>
    public bool IsOfValidator => Kind is not (FaultKind.Kill or FaultKind.Pause or FaultKind.Restart);

    /// <summary>Whether the processes of its nodes end, so that somebody has to start them again.</summary>
    public bool EndsProcesses => Kind is FaultKind.Kill or FaultKind.Restart or FaultKind.DiskFull;

    /// <summary>Whether only whoever hosts the nodes can bring it about or undo it.</summary>
    public bool NeedsControl => EndsProcesses || Kind == FaultKind.Pause;

    /// <summary>Whether it is in force at a time.</summary>
    public bool IsActive(TimeSpan time) => Kind == FaultKind.Restart ? time == At : At <= time && (Until is null || time < Until);

    /// <summary>The words that <see cref="FaultText.Parse(string)"/> reads.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{FaultText.WordOf(Kind)} {string.Join(',', Nodes)}");
        if (!Peers.IsEmpty) text.Append(Kind == FaultKind.Partition ? "|" : Kind == FaultKind.Slow || Kind == FaultKind.Loss ? " to " : " from ").AppendJoin(',', Peers);
        text.Append(Kind switch
        {
            FaultKind.Slow => $" by {DelayMs}ms" + (JitterMs > 0 ? $" jitter {JitterMs}ms" : ""),
            FaultKind.Loss => string.Create(CultureInfo.InvariantCulture, $" by {Loss * 100:0.###}%"),
            FaultKind.ClockSkew => $" by {ClockSkewMs}ms",
            _ => "",
        });
        text.Append($" at {Seconds(At)}");
        if (Until is { } until) text.Append($" for {Seconds(until - At)}");
        return text.ToString();
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
