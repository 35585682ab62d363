using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Submission;
using Mysticeti.Engine.Nodes;
using Mysticeti.Engine.Observation;
using Mysticeti.Protocol;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Flavors;

/// <summary>The protocol that a network's nodes speak: how they are asked whether they are up, handed transactions, and watched.</summary>
internal abstract class Flavor
{
    private static readonly Flavor[] All = [new MysticetiFlavor(), new CometBftFlavor(), new ScalarOrgFlavor()];

    /// <summary>As stack outputs name it.</summary>
    public abstract string Name { get; }

    /// <summary>The service that answers 200 when a node can be used.</summary>
    public virtual string ReadyPath => NodePaths.Health;

    /// <summary>False where nodes tell nothing of commits, so that a transaction's end is that it was accepted.</summary>
    public virtual bool ObservesCommits => true;

    /// <summary>What a report must say of figures that came about this way; null for nothing.</summary>
    public virtual string? Note => null;

    /// <summary>Modes in which transactions can be handed over, the default first.</summary>
    public abstract IReadOnlyList<SubmissionMode> Modes { get; }

    /// <exception cref="UsageException">There is no such flavor.</exception>
    public static Flavor Of(string name) => Array.Find(All, f => f.Name == name)
        ?? throw new UsageException($"flavor '{name}' cannot be measured; there are {string.Join(", ", NetworkOutputs.Flavors)}");

    /// <summary>What transactions of a type look like to these nodes.</summary>
    public virtual TransactionType Encode(TransactionType type) => type;

    /// <exception cref="UsageException">These nodes do not take transactions that way.</exception>
    public void Check(SubmissionMode mode)
    {
        if (!Modes.Contains(mode))
        {
            throw new UsageException(
                $"--submission {mode.ToString().ToLowerInvariant()} is not known to {Name} networks; they take {string.Join(", ", Modes.Select(m => m.ToString().ToLowerInvariant()))}");
        }
    }

    /// <summary>The protocol of one connection to a node.</summary>
    public virtual ISubmissionProtocol CreateProtocol(SubmissionSettings submission, NodeEndpoint node, TransactionFactory factory, Targets targets) =>
        submission.CreateProtocol(node, factory, targets);

    /// <summary>Begins to follow a node's commits; null where it tells nothing of them.</summary>
    public abstract ICommitObserver? Observe(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger);
}

/// <summary>Our own validators.</summary>
internal sealed class MysticetiFlavor : Flavor
{
    public override string Name => NetworkOutputs.Mysticeti;

    public override string ReadyPath => NodePaths.Ready;

    public override IReadOnlyList<SubmissionMode> Modes { get; } = [SubmissionMode.Batch, SubmissionMode.Single, SubmissionMode.WebSocket, SubmissionMode.Stream];

    public override ICommitObserver Observe(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger) =>
        new CommitObserver(node, client, clock, ledger);
}

/// <summary>Anything with CometBFT's JSON-RPC. Transactions are <c>a=HEX</c>, so that its key-value store takes them.</summary>
internal sealed class CometBftFlavor : Flavor
{
    public override string Name => NetworkOutputs.CometBft;

    public override string Note =>
        $"commits were observed by asking for the next block every {BlockObserver.Interval.TotalMilliseconds:0} ms: latencies are up to that much, and the transfer of the block, too high";

    public override IReadOnlyList<SubmissionMode> Modes { get; } = [SubmissionMode.Batch, SubmissionMode.Single, SubmissionMode.WebSocket];

    public override TransactionType Encode(TransactionType type) => type == TransactionType.Opaque ? TransactionType.Hex : type;

    public override ICommitObserver Observe(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger) =>
        new BlockObserver(node, client, clock, ledger);
}

/// <summary>The REST interface that takes transactions and tells nothing of what becomes of them.</summary>
internal sealed class ScalarOrgFlavor : Flavor
{
    public override string Name => NetworkOutputs.ScalarOrg;

    public override bool ObservesCommits => false;

    public override string Note =>
        "nodes of flavor scalarorg tell nothing of commits: 'committed' is accepted here, and latency ends with the acceptance, which is seen up to 0.5 ms late";

    public override IReadOnlyList<SubmissionMode> Modes { get; } = [SubmissionMode.Single];

    public override ISubmissionProtocol CreateProtocol(SubmissionSettings submission, NodeEndpoint node, TransactionFactory factory, Targets targets) =>
        new ScalarOrgProtocol(node.RpcUrl, factory);

    public override ICommitObserver? Observe(NodeEndpoint node, NodeClient client, LoadClock clock, CommitLedger ledger) => null;
}
