using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Mysticeti.Topology;

/// <summary>
/// Everything the validators of a network need. Whoever hosts a network (child processes, a compose file, a Pulumi stack, SSH
/// hosts) only carries this plan out.
/// </summary>
public sealed record LaunchPlan
{
    public required string Name { get; init; }

    public required Genesis Genesis { get; init; }

    /// <summary>The validators by authority index.</summary>
    public required ImmutableArray<ValidatorLaunch> Nodes { get; init; }

    /// <summary>What the parameters file of every validator holds; null: there is none.</summary>
    public ParametersFile? Parameters { get; init; }

    /// <summary>What each key file holds, by authority index.</summary>
    public required ImmutableArray<ValidatorKey> Keys { get; init; }

    /// <summary>Works out a plan. The same inputs give the same plan.</summary>
    /// <param name="specification">What is wanted.</param>
    /// <param name="paths">Where the validators will find their files.</param>
    /// <param name="time">Gives the genesis time.</param>
    /// <param name="generateKey">Makes the key of an authority; random keys by default.</param>
    /// <param name="deploymentKey">Text that names this launch; random by default.</param>
    /// <exception cref="TopologyException">The specification is wrong.</exception>
    public static LaunchPlan Create(
        CommitteeSpecification specification, LaunchPaths paths, TimeProvider time, Func<int, ValidatorKey>? generateKey = null, string? deploymentKey = null)
    {
        var wanted = specification.Validated();
        var keys = Enumerable.Range(0, wanted.Size).Select(generateKey ?? ValidatorKey.Generate).ToArray();
        var genesis = Genesis.Create(
            wanted.Name,
            time.GetUtcNow(),
            deploymentKey ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            wanted.Consensus,
            keys.Select((key, i) => new GenesisAuthority(
                i, ValidatorLaunch.NodeName(i), wanted.Regions[i], Stake: 1, key.PublicKeyHex, new HostPort(wanted.Hosts[i], wanted.Ports!.Nodes[i].Peer).ToString())));
        return new LaunchPlan
        {
            Name = wanted.Name,
            Genesis = genesis,
            Nodes = ValidatorLaunch.All(wanted, paths),
            Keys = [.. keys],
            Parameters = wanted.Parameters,
        };
    }

    /// <summary>
    /// Writes <c>genesis.json</c>, <c>parameters.json</c> where there are parameters and, for each validator, the directory <c>node{i}</c> with <c>key.json</c> (mode 0600) in it.
    /// Makes the directory where there is none.
    /// </summary>
    public void WriteFiles(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var node in Nodes)
        {
            var own = Directory.CreateDirectory(Path.Combine(directory, $"node{node.Index}"));
            Keys[node.Index].Write(Path.Combine(own.FullName, "key.json"));
        }

        if (Parameters is not null) File.WriteAllBytes(Path.Combine(directory, ParametersFile.FileName), Parameters.ToBytes());
        // Last: where there is a genesis file, the network is complete.
        File.WriteAllBytes(Path.Combine(directory, GenesisFiles.GenesisName), Genesis.ToBytes());
    }

    /// <summary>Where the nodes of this plan are reached, as a stack exports it; see <see cref="ValidatorLaunch.Outputs"/>.</summary>
    public NetworkOutputs ToOutputs(
        string type, string provider, string flavor = NetworkOutputs.Mysticeti, string? publishedHost = null, PortPlan? publishedPorts = null) =>
        ValidatorLaunch.Outputs(Name, Nodes, type, provider, flavor, publishedHost, publishedPorts);
}
