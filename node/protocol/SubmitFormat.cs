using System.Buffers.Binary;

namespace Mysticeti.Protocol;

/// <summary>What became of an offered transaction. The numbers are the answers of the submission stream: they never change.</summary>
public enum SubmitOutcome : byte
{
    Accepted = 0,

    /// <summary>The same bytes are in the mempool already, or were committed a short while ago.</summary>
    Duplicate = 1,

    /// <summary>The mempool is full, in transactions or in bytes.</summary>
    MempoolFull = 2,

    /// <summary>Larger than the committee's limit for a transaction.</summary>
    TooLarge = 3,

    /// <summary>No bytes at all.</summary>
    Empty = 4,

    /// <summary>The validator is stopping.</summary>
    Stopping = 5,

    /// <summary>The application does not want it.</summary>
    Refused = 6,
}

/// <summary>
/// The submission stream, <c>POST /v1/submit</c>: the request is frames (length u32 little-endian, the transaction) as long as the client likes,
/// the response a byte for each transaction, in order: its <see cref="SubmitOutcome"/>.
/// </summary>
public static class SubmitFormat
{
    /// <summary>Bytes of the length in front of each transaction.</summary>
    public const int LengthSize = 4;

    /// <summary>Writes the length in front of a transaction.</summary>
    public static void WriteLength(Span<byte> frame, int length) => BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)length);

    /// <summary>Reads the length in front of a transaction.</summary>
    public static uint ReadLength(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32LittleEndian(frame);

    /// <summary>Why a transaction was not taken, for people; null where it was accepted.</summary>
    public static string? ReasonOf(SubmitOutcome outcome) => outcome switch
    {
        SubmitOutcome.Accepted => null,
        SubmitOutcome.Duplicate => "tx already exists in cache",
        SubmitOutcome.MempoolFull => "mempool is full",
        SubmitOutcome.TooLarge => "tx too large",
        SubmitOutcome.Empty => "tx is empty",
        SubmitOutcome.Stopping => "the validator is stopping",
        SubmitOutcome.Refused => "the application refused it",
        _ => $"code {(byte)outcome}",
    };
}
