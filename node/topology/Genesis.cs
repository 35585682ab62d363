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
}

/// <param name="PublicKey">Ed25519, 64 hexadecimal characters.</param>
/// <param name="PeerAddress">host:port on which the authority takes peer links.</param>
public sealed record GenesisAuthority(int Index, string Name, string Region, long Stake, string PublicKey, string PeerAddress);
