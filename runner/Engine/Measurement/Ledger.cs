namespace Mysticeti.Engine.Measurement;

/// <summary>
/// Where every transaction of the window went. The counts come from different places (schedule, generator, answers,
/// commit streams), so that <see cref="Balanced"/> is a check and not an identity.
/// </summary>
/// <param name="Scheduled">Entries of the schedule within the window.</param>
/// <param name="Sent">Counted by the generator as requests were handed to the network.</param>
/// <param name="Unsent">Counted by the generator as it gave up at the end.</param>
/// <param name="Committed">Counted from the commit streams.</param>
/// <param name="Rejected">Refused by an answer (or an unreachable node) and never seen committed.</param>
/// <param name="Lost">Sent, not refused, and not seen committed before the drain ended.</param>
public sealed record Ledger(long Scheduled, long Sent, long Unsent, long Committed, long Rejected, long Lost)
{
    /// <summary>Committed ones that the node they were sent to never reported, but another did.</summary>
    public long ObservedElsewhere { get; init; }

    /// <summary>Committed ones that were also refused in an answer.</summary>
    public long RejectedButCommitted { get; init; }

    /// <summary>Appearances in the committed sequence after a transaction's first, flagged as without effect or not.</summary>
    public long Duplicates { get; init; }

    /// <summary>Answers to transactions that were already answered.</summary>
    public long DuplicateAnswers { get; init; }

    /// <summary>scheduled = sent + unsent and sent = committed + rejected + lost.</summary>
    public bool Balanced => Scheduled == Sent + Unsent && Sent == Committed + Rejected + Lost;

    /// <summary>The line that reports print.</summary>
    public override string ToString() =>
        $"scheduled {Scheduled} = sent {Sent} + unsent {Unsent}; "
        + $"sent {Sent} = committed {Committed} + rejected {Rejected} + lost {Lost}; duplicates {Duplicates}"
        + (Balanced ? "" : " (NOT BALANCED)");
}
