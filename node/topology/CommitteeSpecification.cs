using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Mysticeti.Consensus;

namespace Mysticeti.Topology;

/// <summary>What a user asks for: how many validators, where, with which parameters. <see cref="LaunchPlan.Create"/> works out the rest.</summary>
public sealed partial record CommitteeSpecification
{
    /// <summary>The smallest committee that survives a faulty member: 3f+1 with f = 1.</summary>
    public const int MinSize = 4;

    /// <summary>The largest committee that is supported; every validator links to every other.</summary>
    public const int MaxSize = 200;

    /// <summary>Where validators are of which nothing is known.</summary>
    public const string DefaultRegion = "local";

    /// <summary>Name of the network, and its chain id: lower-case letters, digits and hyphens.</summary>
    public string Name { get; init; } = "embedded";

    /// <summary>Number of validators, n: <see cref="MinSize"/> to <see cref="MaxSize"/>.</summary>
    public required int Size { get; init; }

    /// <summary>Host name or IP address of each validator, as the others reach it; empty: all on 127.0.0.1.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Region of each validator, for reports; empty: all "local".</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    public ConsensusParameters Consensus { get; init; } = new();

    /// <summary>Ports of each validator; null: the defaults of <see cref="PortPlan.ForOneHost"/>.</summary>
    public PortPlan? Ports { get; init; }

    /// <summary>Local IP address on which every validator listens.</summary>
    public string BindAddress { get; init; } = "127.0.0.1";

    /// <summary>Local parameters of every validator; null: each has its default.</summary>
    public ParametersFile? Parameters { get; init; }

    /// <summary>Where the validators post their heartbeats, as they reach it; null: nowhere.</summary>
    public Uri? HeartbeatUrl { get; init; }

    /// <summary>File on the validators' hosts with the token that goes with heartbeats; null: none is needed.</summary>
    public string? HeartbeatTokenFile { get; init; }

    /// <summary>Whether the validators can be made to misbehave (<c>/v1/faults</c>): never where a network matters.</summary>
    public bool UnsafeFaultInjection { get; init; }

    /// <summary>Environment variables for every validator.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether a network can have this name.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>The same with every default filled in.</summary>
    /// <exception cref="TopologyException">A value is out of range, or two validators would share an address.</exception>
    public CommitteeSpecification Validated()
    {
        if (Size < MinSize) throw new TopologyException($"committee size {Size} is too small: a committee needs at least {MinSize} validators: 3f+1 with f = 1");
        if (Size > MaxSize) throw new TopologyException($"committee size {Size} is too large: at most {MaxSize} validators are supported");
        if (!IsName(Name)) throw new TopologyException($"network name '{Name}' is wrong: use 1 to 40 lower-case letters, digits and hyphens, a letter or digit first");
        if (!IPAddress.TryParse(BindAddress, out _)) throw new TopologyException($"bind address '{BindAddress}' is not an IP address");

        var filled = this with
        {
            Hosts = Filled(Hosts, "hosts", "127.0.0.1"),
            Regions = Filled(Regions, "regions", DefaultRegion),
            Ports = Ports ?? PortPlan.ForOneHost(Size, basePort: null),
        };
        filled.CheckAddresses();
        try
        {
            Consensus.Validated(Size);
        }
        catch (ArgumentException error)
        {
            throw new TopologyException(error.Message, error);
        }

        return filled;
    }

    /// <summary>The same with the validators dealt out to the regions in turn; none: all stay where they are.</summary>
    public CommitteeSpecification DealtTo(ImmutableArray<string> regions) =>
        regions.IsDefaultOrEmpty ? this : this with { Regions = [.. Enumerable.Range(0, Size).Select(i => regions[i % regions.Length])] };

    private ImmutableArray<string> Filled(ImmutableArray<string> values, string what, string fallback)
    {
        if (values.IsDefaultOrEmpty) return [.. Enumerable.Repeat(fallback, Size)];
        if (values.Length != Size) throw new TopologyException($"{values.Length} {what} were given for {Size} validators: give one for each");
        return values.All(value => value.Length > 0) ? values : throw new TopologyException($"one of the {what} is empty");
    }

    private void CheckAddresses()
    {
        if (Ports!.Nodes.Length != Size) throw new TopologyException($"the port plan is for {Ports.Nodes.Length} validators, not {Size}");
        var taken = new Dictionary<HostPort, int>();
        for (var i = 0; i < Size; i++)
        {
            if (!HostPort.IsHost(Hosts[i])) throw new TopologyException($"host '{Hosts[i]}' of validator {i} is neither a host name nor an IP address");
            foreach (var port in (int[])[Ports.Nodes[i].Rpc, Ports.Nodes[i].Abci, Ports.Nodes[i].Peer])
            {
                var address = new HostPort(Hosts[i], port);
                if (!taken.TryAdd(address, i)) throw new TopologyException($"validators {taken[address]} and {i} would both listen on {address}");
            }
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}
