using System.Buffers;
using static Mysticeti.Engine.Load.Workers.OutcomeCodec;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>Finds out, again and again, what is new in a worker's record. Used by one task at a time, while the generator writes.</summary>
/// <param name="endsWithAcceptance">Nobody will tell of commits.</param>
internal sealed class OutcomeReport(LoadRecord record, WorkerShare share, bool endsWithAcceptance)
{
    private readonly byte[] _told = new byte[record.Schedule.Count];

    /// <summary>Everything before it has been told to the end.</summary>
    private int _first;

    /// <summary>What is new of the transactions before <paramref name="due"/>.</summary>
    public ReadOnlyMemory<byte> Collect(int due)
    {
        var news = new ArrayBufferWriter<byte>();
        var last = 0;
        var open = false;
        for (var sequence = share.From(_first); sequence < due; sequence = share.From(sequence + 1))
        {
            Tell(sequence, news, ref last);
            open |= !IsClosed(sequence);
            _first = open ? _first : sequence + 1;
        }

        return news.WrittenMemory;
    }

    private void Tell(int sequence, ArrayBufferWriter<byte> to, ref int last)
    {
        // Read in the opposite order of writing, so that none is seen without what comes before it.
        var committed = endsWithAcceptance ? record.CommitNs(sequence) : 0;
        var state = committed != 0 ? News.Committed : News.None;
        state |= !record.IsAnswered(sequence) ? News.None : record.IsRejected(sequence) ? News.Rejected : News.Accepted;
        var sent = record.SentNs(sequence);
        state |= sent != 0 ? News.Sent : News.None;
        var fresh = state & ~(News)_told[sequence];
        if (fresh == News.None) return;

        var due = record.Schedule.TimeNs(sequence);
        OutcomeCodec.Write(to, ref last, sequence, fresh, sent - due, committed - due);
        _told[sequence] = (byte)state;
    }

    private bool IsClosed(int sequence)
    {
        var told = (News)_told[sequence];
        return told.HasFlag(News.Sent) && (told.HasFlag(News.Rejected) || told.HasFlag(endsWithAcceptance ? News.Committed : News.Accepted));
    }
}
