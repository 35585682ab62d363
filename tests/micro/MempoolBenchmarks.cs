using BenchmarkDotNet.Attributes;
using Mysticeti.Consensus;
using Mysticeti.Validator.Node;

namespace Mysticeti.Micro;

/// <summary>A transaction's way through the mempool: hashed, looked up, copied, taken for a block, forgotten after the commit.</summary>
public class MempoolBenchmarks
{
    private const int Count = 1_000;

    private readonly ReadOnlyMemory<byte>[] _transactions = Samples.Transactions(Count);
    private readonly List<ReadOnlyMemory<byte>> _taken = [];
    private readonly List<Digest> _takenHashes = [];
    private readonly Digest[] _hashes;
    private readonly Mempool _mempool = new(1024 * 1024, new NodeParameters(), static _ => false);

    public MempoolBenchmarks() => _hashes = [.. _transactions.Select(transaction => Digest.Of(transaction.Span))];

    /// <summary>One operation is one transaction of 512 bytes.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int SubmitTakeCommit()
    {
        foreach (var transaction in _transactions) _mempool.Submit(transaction.Span);
        _taken.Clear();
        _takenHashes.Clear();
        _mempool.Take(Count, int.MaxValue, _taken, _takenHashes);
        foreach (var hash in _hashes) _mempool.Committed(hash);
        return _taken.Count;
    }
}
