using System.Buffers;
using BenchmarkDotNet.Attributes;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Micro;

/// <summary>What a commit of 1,000 transactions costs after it was decided: hashes and application, then the stream's frame.</summary>
public class CommitFrameBenchmarks
{
    private const int Count = 1_000;

    private readonly ArrayBufferWriter<byte> _output = new(1024 * 1024);
    private CommittedSubDag _subDag = null!;
    private Commit _commit = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var blocks = Samples.FirstRound(Samples.Keys(4), Count / 4);
        _subDag = new CommittedSubDag(1, blocks[0], [.. blocks], default);
        _commit = (Commit)Finalize();
    }

    /// <summary>One operation is one transaction of 512 bytes.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public object Finalize() =>
        new CommitFinalizer(new ConsensusParameters(), FinalizerState.Initial, new KeyValueApplication()).Finalize(_subDag, 1);

    /// <summary>One operation is one transaction, shown with the 20 bytes that a load tool asks for.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int WriteFrame()
    {
        _output.ResetWrittenCount();
        CommitFrames.WriteCommitHeader(_output, _commit, prefix: 20);
        return CommitFrames.WriteTransactions(_output, _commit.Transactions, 0, prefix: 20, int.MaxValue);
    }
}
