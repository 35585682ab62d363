using Mysticeti.Consensus;

namespace Mysticeti.Validator.Faults;

/// <summary>
/// How the faults of the moment come into effect: what the core, the links and the clock of a validator ask that was started with
/// <c>--unsafe-fault-injection</c>. Others have none of this in their way.
/// </summary>
internal sealed class FaultInjection(FaultControl control, int self, IBlockSigner signer, TimeProvider time)
{
    private const int NoSpaceLeft = 28;

    private readonly Twins _twins = new(signer);

    /// <summary>The wall clock as this validator sees it.</summary>
    public TimeProvider Clock { get; } = new SkewedClock(control, time);

    /// <summary>Whether the core stands still.</summary>
    public bool IsPaused => control.Current.Pause;

    /// <summary>Stands before each write to the block log.</summary>
    /// <exception cref="IOException">The disk is full, or so it seems.</exception>
    public void CheckDisk()
    {
        if (control.Current.DiskFull) throw new IOException("No space left on device (injected fault)", NoSpaceLeft);
    }

    /// <summary>Takes note of an own block that is about to be sent. By the core's thread.</summary>
    public void Proposed(Block block)
    {
        if (control.Current.Equivocate) _twins.Add(block);
    }

    /// <summary>What <paramref name="peer"/> is sent in place of an own block: it, its twin, or null for nothing at all, for now.</summary>
    public Block? Shown(Block own, int peer)
    {
        if (Withholds(own, peer)) return null;
        return peer % 2 == 1 && _twins.Of(own) is { } twin ? twin : own;
    }

    /// <summary>Whether a peer gets this block neither unasked nor asked.</summary>
    public bool Withholds(Block block, int peer) => block.Author == self && control.Current.WithholdFrom.Contains(peer);

    /// <summary>A connection to <paramref name="peer"/> that has the faults of its link.</summary>
    public FaultyStream Through(Stream connection, int peer) => new(connection, peer, control, time);
}
