namespace Mysticeti.Consensus;

/// <summary>A member of the committee.</summary>
/// <param name="Stake">Voting weight, at least 1.</param>
/// <param name="PublicKey">Ed25519 public key, 32 bytes; empty where nothing is signed (model checks, the DAG language).</param>
public sealed record Authority(long Stake, ReadOnlyMemory<byte> PublicKey);

/// <summary>Who takes part, with what stake, and the thresholds that follow from it.</summary>
public sealed class Committee
{
    private readonly Authority[] _authorities;

    /// <exception cref="ArgumentException">No authority, or one with a stake below 1.</exception>
    public Committee(IEnumerable<Authority> authorities)
    {
        _authorities = [.. authorities];
        if (_authorities.Length == 0) throw new ArgumentException("a committee needs at least one authority", nameof(authorities));
        foreach (var authority in _authorities)
        {
            if (authority.Stake < 1) throw new ArgumentException("every authority needs a stake of at least 1", nameof(authorities));
            TotalStake = checked(TotalStake + authority.Stake);
        }

        Quorum = (long)((Int128)TotalStake * 2 / 3) + 1;
        Validity = ((TotalStake - 1) / 3) + 1;
    }

    /// <summary>A committee of <paramref name="size"/> authorities with stake 1 and no keys.</summary>
    public static Committee OfEqualStake(int size) => new(Enumerable.Repeat(new Authority(1, default), size));

    /// <summary>Number of authorities, n.</summary>
    public int Size => _authorities.Length;

    /// <summary>Sum of all stakes, T.</summary>
    public long TotalStake { get; }

    /// <summary>Q = floor(2T/3) + 1: two sets of this stake share a correct authority.</summary>
    public long Quorum { get; }

    /// <summary>V = floor((T-1)/3) + 1: a set of this stake holds a correct authority.</summary>
    public long Validity { get; }

    public Authority this[int index] => _authorities[index];

    /// <summary>Whether <paramref name="author"/> is an index of this committee.</summary>
    public bool Contains(int author) => (uint)author < (uint)_authorities.Length;

    public long Stake(int author) => _authorities[author].Stake;

    /// <summary>The authority elected for a leader slot: (round + offset) mod n.</summary>
    public int Leader(long round, int offset) => (int)((round + offset) % Size);
}
