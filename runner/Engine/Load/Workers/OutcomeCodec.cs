using System.Buffers;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>
/// What became of transactions, a few bytes each: how much the sequence is above the last one, what is known now that was not before, and where
/// it was sent or accepted for good the time since it was due. Numbers have 7 bits a byte, the lowest first; times take their sign along (zigzag).
/// </summary>
internal static class OutcomeCodec
{
    [Flags]
    public enum News : byte
    {
        None = 0,
        Sent = 1,
        Accepted = 2,
        Rejected = 4,

        /// <summary>Only where nobody tells of commits: being accepted is the last that is seen.</summary>
        Committed = 8,
    }

    public static void Write(IBufferWriter<byte> to, ref int last, int sequence, News news, long sentAfterNs, long committedAfterNs)
    {
        WriteNumber(to, (ulong)(sequence - last));
        WriteNumber(to, (ulong)news);
        if (news.HasFlag(News.Sent)) WriteNumber(to, ZigZag(sentAfterNs));

        if (news.HasFlag(News.Committed)) WriteNumber(to, ZigZag(committedAfterNs));

        last = sequence;
    }

    /// <summary>Enters what a worker tells into the record.</summary>
    /// <param name="belongs">Whether a sequence is the worker's.</param>
    /// <exception cref="InvalidDataException">It tells of transactions that are not its own, or nonsense.</exception>
    public static void Apply(ReadOnlySpan<byte> from, LoadRecord record, Func<int, bool> belongs)
    {
        long sequence = 0;
        while (!from.IsEmpty)
        {
            sequence += (long)Math.Min(ReadNumber(ref from), int.MaxValue);
            if (sequence >= record.Schedule.Count || !belongs((int)sequence))
            {
                throw new InvalidDataException($"transaction {sequence} is none of the worker's");
            }

            Apply((int)sequence, (News)ReadNumber(ref from), ref from, record);
        }
    }

    private static void Apply(int sequence, News news, ref ReadOnlySpan<byte> from, LoadRecord record)
    {
        var due = record.Schedule.TimeNs(sequence);
        if (news.HasFlag(News.Sent)) record.Sent(sequence, due + ReadTime(ref from));

        if (news.HasFlag(News.Accepted) || news.HasFlag(News.Rejected)) record.TakeAnswer(sequence, rejected: news.HasFlag(News.Rejected));

        if (news.HasFlag(News.Committed)) record.Committed(sequence, record.Targets.NodeOf(sequence), due + ReadTime(ref from));
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long ReadTime(ref ReadOnlySpan<byte> from)
    {
        var value = ReadNumber(ref from);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static void WriteNumber(IBufferWriter<byte> to, ulong value)
    {
        const int MostBytes = 10;
        var bytes = to.GetSpan(MostBytes);
        var length = 0;
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);

        bytes[length++] = (byte)value;
        to.Advance(length);
    }

    private static ulong ReadNumber(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a number was cut off");
    }
}
