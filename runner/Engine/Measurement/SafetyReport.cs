using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Engine.Measurement;

/// <summary>The audit after a load: did the network stay one, and did each transaction take effect at most once?</summary>
public sealed record SafetyReport
{
    /// <summary>All nodes' committed prefixes agree as far as they could be compared.</summary>
    public required bool Agreement { get; init; }

    /// <summary>All nodes' application hashes agree as far as they could be compared; null: none could.</summary>
    public required bool? AppHashAgreement { get; init; }

    /// <summary>The highest index that any node reported.</summary>
    public required long CommitIndex { get; init; }

    /// <summary>Its chain digest, hex; null when nothing was reported.</summary>
    public required string? ChainDigest { get; init; }

    /// <summary>Sent transactions that took effect more than once (the most that one node reported).</summary>
    public required long Duplicates { get; init; }

    /// <summary>Repeated transactions that were flagged as without effect; they break nothing.</summary>
    public required long FlaggedDuplicates { get; init; }

    /// <summary>Committed transactions that this run never sent (the most that one node reported).</summary>
    public required long Foreign { get; init; }

    public required DigestEvidence Digests { get; init; }

    public required ImmutableArray<CommitTally> Nodes { get; init; }

    /// <summary>What is broken, one line each; empty when nothing is.</summary>
    public required ImmutableArray<string> Violations { get; init; }

    [JsonIgnore]
    public bool Safe => Violations.IsEmpty;

    /// <param name="neverSent">Transactions of this load's sequences that were committed without having been sent.</param>
    public static SafetyReport Conclude(DigestEvidence digests, ImmutableArray<CommitTally> nodes, long neverSent)
    {
        var head = digests.Last.MaxBy(n => n.CommitIndex);
        var duplicates = nodes.Select(n => n.Duplicates).DefaultIfEmpty().Max();
        var foreign = nodes.Select(n => n.Foreign).DefaultIfEmpty().Max() + neverSent;
        var violations = ImmutableArray.CreateBuilder<string>();
        if (digests.FirstDisagreement is { } first)
        {
            violations.Add($"{first.NodeA} and {first.NodeB} disagree at commit {first.Index}: {first.DigestA[..16]} and {first.DigestB[..16]}");
        }

        if (digests.Application.FirstDisagreement is { } app)
        {
            violations.Add($"the application hashes of {app.NodeA} and {app.NodeB} differ after commit {app.Index}: {app.DigestA[..16]} and {app.DigestB[..16]}");
        }

        if (duplicates > 0) violations.Add($"{duplicates} transactions took effect more than once");

        if (foreign > 0)
        {
            var example = neverSent > 0 ? "a sequence that was never sent" : nodes.Select(n => n.FirstForeign).FirstOrDefault(f => f is not null);
            violations.Add($"{foreign} committed transactions are foreign to this run (first: {example})");
        }

        return new SafetyReport
        {
            Agreement = digests.Agreement,
            AppHashAgreement = digests.Application.Compared == 0 ? null : digests.Application.Agreement,
            CommitIndex = head?.CommitIndex ?? 0,
            ChainDigest = head?.ChainDigest,
            Duplicates = duplicates,
            FlaggedDuplicates = nodes.Select(n => n.FlaggedDuplicates).DefaultIfEmpty().Max(),
            Foreign = foreign,
            Digests = digests,
            Nodes = nodes,
            Violations = violations.ToImmutable(),
        };
    }
}
