using System.Runtime.InteropServices;
using Mysticeti.Consensus;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Turns committed sub-DAGs into commits as clients see them: recognises repeated transactions over a window that follows from the committed
/// sequence alone (<see cref="ConsensusParameters.DuplicateWindowTransactions"/>), so that all validators agree, and has the application
/// execute the others. One thread only.
/// </summary>
internal sealed class CommitFinalizer
{
    private readonly ConsensusParameters _parameters;
    private readonly IApplication _application;
    private readonly HashSet<UInt128> _window;
    private readonly Queue<FirstCommitted> _order;
    private uint[] _codes = [];
    private long _windowStart;
    private long _lastTimeNs;

    /// <summary>Goes on from <paramref name="state"/>, and makes the application do so too.</summary>
    /// <exception cref="InvalidDataException">The application cannot read its part.</exception>
    public CommitFinalizer(ConsensusParameters parameters, FinalizerState state, IApplication application)
    {
        (_parameters, _application, _lastTimeNs, _windowStart) = (parameters, application, state.LastTimeNs, state.WindowStart);
        _window = [.. state.Window.SelectMany(commit => commit.Hashes)];
        _order = new(state.Window);
        application.Restore(state.Application.Span);
    }

    /// <summary>What a successor needs to go on. Hashes are shared, not copied: all validators do this at once, and a copy would hold up the whole network.</summary>
    public FinalizerState Capture() => new(_lastTimeNs, _windowStart, [.. _order], _application.Snapshot());

    /// <summary>Whether a transaction was committed within the window.</summary>
    public bool WasCommitted(Digest hash) => _window.Contains(hash.Half);

    public Commit Finalize(CommittedSubDag subDag, long nowNs)
    {
        while (_order.TryPeek(out var oldest) && _parameters.IsBeyondDuplicateWindow(oldest.Index, _window.Count, subDag.Index))
        {
            _order.Dequeue();
            _windowStart = oldest.Index;
            foreach (ref readonly var hash in oldest.Hashes.AsSpan()) _window.Remove(hash);
        }

        var count = subDag.Blocks.Sum(block => block.TransactionCount);
        var transactions = new CommittedTransaction[count];
        var first = new UInt128[count];
        var (next, repeated) = (0, 0);
        foreach (var block in subDag.Blocks)
        {
            var hashes = block.TransactionHashes;
            for (var i = 0; i < block.TransactionCount; i++)
            {
                var hash = hashes[i];
                var isNew = _window.Add(hash.Half);
                if (isNew) first[next - repeated] = hash.Half;
                else repeated++;
                transactions[next++] = new CommittedTransaction(block.Transaction(i), hash, Duplicate: !isNew);
            }
        }

        if (repeated > 0) Array.Resize(ref first, count - repeated);
        if (first.Length > 0) _order.Enqueue(new FirstCommitted(subDag.Index, ImmutableCollectionsMarshal.AsImmutableArray(first)));
        _lastTimeNs = Math.Max(_lastTimeNs, subDag.Leader.TimestampNs);
        var appHash = Execute(subDag.Index, transactions, repeated);
        return new Commit(
            subDag.Index, subDag.Leader.Reference, _lastTimeNs, nowNs, subDag.ChainDigest, appHash,
            [.. subDag.Blocks.Select(block => block.Reference)], ImmutableCollectionsMarshal.AsImmutableArray(transactions));
    }

    private Digest Execute(long index, CommittedTransaction[] transactions, int repeated)
    {
        var effective = repeated == 0 ? transactions : Array.FindAll(transactions, transaction => !transaction.Duplicate);
        if (_codes.Length < effective.Length) _codes = new uint[effective.Length];
        var codes = _codes.AsSpan(0, effective.Length);
        codes.Clear();
        var hash = _application.Finalize(index, _lastTimeNs, effective, codes);
        if (!codes.ContainsAnyExcept(TransactionCodes.Ok)) return hash;

        var next = 0;
        foreach (ref var transaction in transactions.AsSpan())
        {
            if (!transaction.Duplicate) transaction = transaction with { Code = codes[next++] };
        }

        return hash;
    }
}
