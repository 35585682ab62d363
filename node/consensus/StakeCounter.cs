namespace Mysticeti.Consensus;

/// <summary>Adds up the stake of distinct authorities.</summary>
public sealed class StakeCounter(Committee committee)
{
    private readonly bool[] _seen = new bool[committee.Size];

    /// <summary>Stake of the distinct authorities added so far.</summary>
    public long Stake { get; private set; }

    /// <summary>Whether the authorities added so far are a quorum.</summary>
    public bool IsQuorum => Stake >= committee.Quorum;

    public bool Contains(int author) => _seen[author];

    /// <summary>Adds an authority; one that is there already counts once.</summary>
    /// <returns>Whether the authority was new.</returns>
    public bool Add(int author)
    {
        if (_seen[author]) return false;
        _seen[author] = true;
        Stake += committee.Stake(author);
        return true;
    }

    public void Clear()
    {
        Array.Clear(_seen);
        Stake = 0;
    }
}
