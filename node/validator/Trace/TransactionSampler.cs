using System.Buffers.Binary;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Trace;

/// <summary>
/// Chooses transactions by their hash alone: validators with the same rate trace the same ones, and a lower rate chooses a
/// part of what a higher one does.
/// </summary>
public sealed class TransactionSampler
{
    private readonly ulong _below;
    private readonly bool _all;

    /// <param name="rate">Share of the transactions, from 0 to 1.</param>
    public TransactionSampler(double rate)
    {
        if (rate is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, "a share is from 0 to 1");
        _all = rate == 1;
        _below = _all ? ulong.MaxValue : (ulong)(rate * Math.Pow(2, 64));
    }

    /// <summary>Whether the first eight bytes of the hash, as a number, are within the share.</summary>
    public bool Includes(Digest hash)
    {
        if (_all) return true;
        Span<byte> bytes = stackalloc byte[Digest.Size];
        hash.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes) < _below;
    }
}
