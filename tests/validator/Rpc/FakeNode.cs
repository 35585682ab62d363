using System.Text;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Topology;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Tests.Rpc;

/// <summary>A validator without a network: tests say what it answers and what it commits.</summary>
internal sealed class FakeNode(CommitLogOptions? log = null) : IValidatorNode
{
    public const long FirstTimeNs = 1_700_000_000_123_456_789;

    private readonly List<byte[]> _submitted = [];
    private readonly KeyValueApplication _application = new();

    public Genesis Genesis { get; } = new()
    {
        ChainId = "test-chain",
        GenesisTime = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero),
        DeploymentKey = "deployment-7",
        Consensus = new ConsensusParameters(),
        Authorities = [.. Enumerable.Range(0, 4).Select(i => new GenesisAuthority(i, $"node{i}", "local", 1, Digest.Of([(byte)i]).ToString(), $"127.0.0.1:{26700 + i}"))],
        Hash = Digest.Of("genesis"u8),
    };

    public int AuthorityIndex => 1;

    /// <summary>What <see cref="Submit"/> answers.</summary>
    public (SubmitOutcome Outcome, string? Reason) Answer { get; set; } = (SubmitOutcome.Accepted, null);

    /// <summary>The code beside <see cref="Answer"/>.</summary>
    public uint AnswerCode { get; set; }

    /// <summary>Commits each accepted transaction at once.</summary>
    public bool CommitsAtOnce { get; set; }

    public NodeStatus Status { get; set; } = new(true, false, 42, 41, 3, 300, "boot-1", new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public IReadOnlyList<PeerStatus> Peers { get; set; } =
    [
        new(0, "node0", "127.0.0.1:26700", true, true, TimeSpan.FromMilliseconds(1.5), 1000, 2000, 30, DateTimeOffset.UtcNow.AddMinutes(-1)),
        new(2, "node2", "127.0.0.1:26702", true, false, null, 10, 20, 3, DateTimeOffset.UtcNow),
        new(3, "node3", "127.0.0.1:26703", false, false, null, 0, 0, 0, null),
    ];

    public CommitLog CommitLog { get; } = new(log);

    public IApplicationQueries Application => _application;

    public IReadOnlyList<byte[]> Submitted
    {
        get
        {
            lock (_submitted) return [.. _submitted];
        }
    }

    public SubmitResult Submit(ReadOnlySpan<byte> transaction)
    {
        var hash = Digest.Of(transaction);
        if (transaction.IsEmpty) return new SubmitResult(SubmitOutcome.Empty, hash, "a transaction has at least one byte");
        if (Answer.Outcome == SubmitOutcome.Accepted)
        {
            lock (_submitted)
            {
                _submitted.Add(transaction.ToArray());
                if (CommitsAtOnce) Commit(transaction.ToArray());
            }
        }

        return new SubmitResult(Answer.Outcome, hash, Answer.Reason, AnswerCode);
    }

    public Commit Commit(params string[] transactions) => Commit([.. transactions.Select(Encoding.UTF8.GetBytes)]);

    public Commit Commit(params byte[][] transactions)
    {
        var commit = CommitOf(CommitLog.LastIndex + 1, transactions);
        var effective = commit.Transactions.Where(transaction => !transaction.Duplicate).ToArray();
        var codes = new uint[effective.Length];
        commit = commit with { AppHash = _application.Finalize(commit.Index, commit.TimeNs, effective, codes) };
        if (codes.Any(code => code != 0))
        {
            var next = 0;
            commit = commit with { Transactions = [.. commit.Transactions.Select(transaction => transaction.Duplicate ? transaction : transaction with { Code = codes[next++] })] };
        }

        CommitLog.Append(commit);
        return commit;
    }

    public static Commit CommitOf(long index, params byte[][] transactions)
    {
        var leader = new BlockRef(index * 2, (int)(index % 4), Digest.Of(BitConverter.GetBytes(index)));
        var seen = new HashSet<string>();
        return new Commit(
            index, leader, FirstTimeNs + index, FirstTimeNs + index + 1000, ChainDigest(index), Digest.Of(BitConverter.GetBytes(-index)), [leader with { Round = leader.Round - 1 }, leader],
            [.. transactions.Select(bytes => new CommittedTransaction(bytes, Digest.Of(bytes), !seen.Add(Convert.ToHexString(bytes))))]);
    }

    public static Digest ChainDigest(long index) => Digest.Of(Encoding.UTF8.GetBytes($"chain {index}"));
}
