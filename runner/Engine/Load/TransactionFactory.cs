using System.Buffers.Binary;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Load;

/// <summary>
/// Writes the bytes of a load's transactions: the header, then padding that is incompressible and follows from the
/// seed and the sequence alone. Stateless, so any thread may call it; nothing is allocated per transaction.
/// </summary>
public sealed class TransactionFactory
{
    private const ulong PaddingPurpose = 3;

    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;

    private static ReadOnlySpan<byte> HexAlphabet => "0123456789abcdef"u8;

    private readonly TransactionType _type;
    private readonly ulong _seed;
    private readonly Schedule _schedule;
    private readonly LoadClock _clock;
    private readonly TransactionSizes _sizes;

    /// <summary>Transactions that all have one size.</summary>
    public TransactionFactory(
        TransactionType type, int size, ulong seed, ulong runId, uint loadNumber, Schedule schedule, LoadClock clock)
        : this(type, TransactionSizes.Fixed(size), seed, runId, loadNumber, schedule, clock)
    {
    }

    /// <param name="type">Opaque bytes or key-value text.</param>
    /// <param name="sizes">Bytes of the transactions, at least <see cref="MinimumSize"/>.</param>
    /// <param name="seed">Of the padding.</param>
    /// <param name="runId">Names the run in each header.</param>
    /// <param name="loadNumber">Number of the measurement within the run.</param>
    /// <param name="schedule">When each transaction is due.</param>
    /// <param name="clock">Its start is the schedule's zero on the wall clock.</param>
    public TransactionFactory(
        TransactionType type, TransactionSizes sizes, ulong seed, ulong runId, uint loadNumber, Schedule schedule, LoadClock clock)
    {
        CheckSize(type, sizes.Smallest);
        (_type, _sizes, _seed, RunId, LoadNumber, _schedule, _clock) = (type, sizes, seed, runId, loadNumber, schedule, clock);
    }

    /// <summary>No transaction has more bytes.</summary>
    public int LargestSize => _sizes.Largest;

    public ulong RunId { get; }

    public uint LoadNumber { get; }

    /// <summary>32 for opaque; 66 for key-value: the header as hex, the equals sign and one character, or <c>a=</c> and the header as hex.</summary>
    public static int MinimumSize(TransactionType type) =>
        type == TransactionType.Opaque ? TransactionHeader.Size : TransactionHeader.HexSize + 2;

    /// <exception cref="UsageException">Too small for the header.</exception>
    public static void CheckSize(TransactionType type, int size)
    {
        if (size < MinimumSize(type))
        {
            throw new UsageException(
                $"--transaction-size {size} is too small for {type.ToString().ToLowerInvariant()} transactions: their header needs at least {MinimumSize(type)} bytes");
        }
    }

    public TransactionHeader HeaderOf(int sequence) =>
        new(RunId, sequence, _clock.StartedAtUnixNs + _schedule.TimeNs(sequence), LoadNumber);

    /// <summary>Bytes of transaction <paramref name="sequence"/>.</summary>
    public int SizeOf(int sequence) => _sizes.Of(_seed, LoadNumber, sequence);

    /// <summary>Writes transaction <paramref name="sequence"/> into a span of exactly its size.</summary>
    public void Write(int sequence, Span<byte> destination)
    {
        var random = new SplitMix64(SplitMix64.Derive(_seed, PaddingPurpose, ((ulong)LoadNumber << 40) | (uint)sequence));
        if (_type == TransactionType.Opaque)
        {
            HeaderOf(sequence).Write(destination);
            FillBytes(destination[TransactionHeader.Size..], ref random);
            return;
        }

        if (_type == TransactionType.Hex)
        {
            TransactionHeader.HexKey.CopyTo(destination);
            HeaderOf(sequence).WriteHex(destination[TransactionHeader.HexKey.Length..]);
            FillText(destination[(TransactionHeader.HexKey.Length + TransactionHeader.HexSize)..], HexAlphabet, ref random);
            return;
        }

        HeaderOf(sequence).WriteHex(destination);
        destination[TransactionHeader.HexSize] = (byte)'=';
        FillText(destination[(TransactionHeader.HexSize + 1)..], Alphabet, ref random);
    }

    private static void FillBytes(Span<byte> destination, ref SplitMix64 random)
    {
        while (destination.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, random.Next());
            destination = destination[8..];
        }

        var last = random.Next();
        for (var i = 0; i < destination.Length; i++, last >>= 8) destination[i] = (byte)last;
    }

    /// <param name="alphabet">16 or 64 characters.</param>
    private static void FillText(Span<byte> destination, ReadOnlySpan<byte> alphabet, ref SplitMix64 random)
    {
        ulong bits = 0;
        for (var i = 0; i < destination.Length; i++, bits >>= 6)
        {
            if (i % 10 == 0) bits = random.Next();

            destination[i] = alphabet[(int)bits & (alphabet.Length - 1)];
        }
    }
}
