namespace Mysticeti.Consensus;

/// <summary>
/// The round in which a validator may propose next: it advances to r+1 on blocks of round r with the stake of a quorum.
/// </summary>
public sealed class ThresholdClock(Committee committee)
{
    private readonly StakeCounter _authors = new(committee);

    /// <summary>The current round. It starts at 1: genesis is a quorum of round 0.</summary>
    public long Round { get; private set; } = 1;

    /// <summary>Counts a valid block of the committee.</summary>
    /// <returns>Whether <see cref="Round"/> advanced.</returns>
    public bool Add(BlockRef block)
    {
        if (block.Round < Round) return false;
        var before = Round;
        // A valid block of round r has a quorum of round r-1 among its ancestors.
        if (block.Round > Round) MoveTo(block.Round);
        _authors.Add(block.Author);
        if (_authors.IsQuorum) MoveTo(Round + 1);
        return Round > before;
    }

    private void MoveTo(long round)
    {
        Round = round;
        _authors.Clear();
    }
}
