namespace Mysticeti.Consensus.Trace;

/// <summary>
/// Chooses transactions by their hash alone: validators with the same rate trace the same ones, and a lower rate chooses a
/// part of what a higher one does.
/// </summary>
public sealed class TransactionSampler
{
    /// <summary>The share that validators trace unless they are told another.</summary>
    public const double DefaultRate = 0.01;

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
    public bool Includes(Digest hash) => _all || hash.Prefix < _below;
}
