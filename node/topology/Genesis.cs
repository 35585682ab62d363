using System.Collections.Immutable;
using Mysticeti.Consensus;

namespace Mysticeti.Topology;

/// <summary>What every validator of a network starts from, as in the genesis file.</summary>
public sealed record Genesis
{
    public required string ChainId { get; init; }

    public required DateTimeOffset GenesisTime { get; init; }

    /// <summary>Random text that names this launch of the network; nodes report it.</summary>
    public required string DeploymentKey { get; init; }

    public required ConsensusParameters Consensus { get; init; }

    public required ImmutableArray<GenesisAuthority> Authorities { get; init; }

    /// <summary>SHA-256 of the file's bytes: where the chain digest starts.</summary>
    public required Digest Hash { get; init; }

    /// <summary>Makes a genesis and its hash.</summary>
    /// <exception cref="TopologyException">A value that <see cref="Parse(ReadOnlySpan{byte}, string)"/> would refuse.</exception>
    public static Genesis Create(
        string chainId, DateTimeOffset genesisTime, string deploymentKey, ConsensusParameters consensus, IEnumerable<GenesisAuthority> authorities)
    {
        var genesis = new Genesis
        {
            ChainId = chainId,
            GenesisTime = genesisTime,
            DeploymentKey = deploymentKey,
            Consensus = consensus,
            Authorities = [.. authorities],
            Hash = default,
        };
        return Parse(genesis.ToBytes());
    }

    /// <summary>Reads a genesis file.</summary>
    /// <exception cref="TopologyException">It cannot be read, or something in it is wrong: file, field and reason in one line.</exception>
    public static Genesis Load(string path) => Parse(TextFile.Read(path, "genesis file"), path);

    /// <summary>Reads a genesis file's bytes.</summary>
    /// <param name="source">What errors name as the file.</param>
    /// <exception cref="TopologyException">Something in it is wrong: file, field and reason in one line.</exception>
    public static Genesis Parse(ReadOnlySpan<byte> bytes, string source = "genesis") => GenesisFormat.Read(bytes, source);

    /// <summary>
    /// The file: the same bytes for the same values. Of a genesis that was read from a file the bytes, and so their hash, may
    /// differ where the file was laid out otherwise: hand on the file itself.
    /// </summary>
    public byte[] ToBytes() => GenesisFormat.Write(this);

    /// <summary>The committee, authorities by index.</summary>
    public Committee ToCommittee() => new(Authorities.Select(authority => new Authority(authority.Stake, Convert.FromHexString(authority.PublicKey))));
}

/// <param name="PublicKey">Ed25519, 64 hexadecimal characters.</param>
/// <param name="PeerAddress">host:port on which the authority takes peer links.</param>
public sealed record GenesisAuthority(int Index, string Name, string Region, long Stake, string PublicKey, string PeerAddress);
