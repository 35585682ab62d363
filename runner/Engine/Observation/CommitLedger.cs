using Mysticeti.Engine.Load;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Observation;

/// <summary>
/// What one node's commit stream shows, commit by commit: reports each first effect to the record and each digest to the
/// audit, and counts what does not belong. Used by one thread at a time.
/// </summary>
public sealed class CommitLedger(int position, string name, TransactionFactory factory, LoadRecord record, SafetyAudit audit) : ICommitSink
{
    private readonly ulong[] _seen = new ulong[(record.Schedule.Count + 63) / 64];
    private bool _skip;
    private long _commits;
    private long _transactions;
    private long _duplicates;
    private long _flagged;
    private long _foreign;
    private string? _firstForeign;
    private long _late;
    private long _missed;

    /// <summary>When the bytes that are being read arrived.</summary>
    public long ObservedNs { get; set; }

    /// <summary>The highest commit index so far; null before the first.</summary>
    public long? LastIndex { get; private set; }

    /// <summary>The index after which the stream was asked to begin, so that a gap at its start is noticed.</summary>
    public void ExpectAfter(long index) => LastIndex ??= index;

    public void OnCommit(long index, ReadOnlySpan<byte> chainDigest)
    {
        audit.Report(position, index, chainDigest);
        // A commit that is told again after the stream was opened again was counted already.
        _skip = index <= LastIndex;
        if (_skip) return;

        _missed += LastIndex is long last ? index - last - 1 : 0;
        LastIndex = index;
        _commits++;
    }

    public void OnAppHash(long index, ReadOnlySpan<byte> hash) => audit.ReportApplication(position, index, hash);

    public void OnTransaction(long index, long length, bool duplicate, ReadOnlySpan<byte> prefix)
    {
        if (_skip) return;

        if (!TransactionHeader.TryRead(prefix, out var header) || header.RunId != factory.RunId)
        {
            // What an earlier run sent may be proposed again by a validator that was started again; flagged, it has no effect.
            if (duplicate)
            {
                _flagged++;
                return;
            }

            Foreign(index, "not a transaction of this run");
            return;
        }

        if (header.LoadNumber < factory.LoadNumber)
        {
            _late++;
            return;
        }

        if (header.LoadNumber != factory.LoadNumber || header.Sequence < 0 || header.Sequence >= record.Schedule.Count)
        {
            Foreign(index, $"sequence {header.Sequence} of load {header.LoadNumber} does not exist");
            return;
        }

        var sequence = (int)header.Sequence;
        if (length != factory.SizeOf(sequence) || header != factory.HeaderOf(sequence))
        {
            Foreign(index, $"transaction {sequence} came back changed");
            return;
        }

        Count(sequence, duplicate);
    }

    /// <summary>The figures; final when the stream is closed.</summary>
    public CommitTally Tally(bool connected, int reconnects, string? error) => new()
    {
        Node = name,
        Commits = _commits,
        Transactions = _transactions,
        Duplicates = _duplicates,
        FlaggedDuplicates = _flagged,
        Foreign = _foreign,
        FirstForeign = _firstForeign,
        Late = _late,
        Reconnects = reconnects,
        Missed = _missed,
        Connected = connected,
        Error = error,
    };

    private void Count(int sequence, bool duplicate)
    {
        var bit = 1UL << (sequence & 63);
        if (duplicate)
        {
            _flagged++;
        }
        else if ((_seen[sequence >> 6] & bit) != 0)
        {
            _duplicates++;
        }
        else
        {
            _seen[sequence >> 6] |= bit;
            _transactions++;
            record.Committed(sequence, position, ObservedNs);
        }
    }

    private void Foreign(long index, string what)
    {
        _foreign++;
        _firstForeign ??= $"commit {index}: {what}";
    }
}
