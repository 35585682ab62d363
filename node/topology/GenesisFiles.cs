namespace Mysticeti.Topology;

/// <summary>What the validator's <c>genesis</c> command does: the genesis file and the key files of a new committee.</summary>
public static class GenesisFiles
{
    /// <summary>The file's name in a network's directory.</summary>
    public const string GenesisName = "genesis.json";

    /// <summary>The committee that the options ask for. Either <paramref name="committee"/> or <paramref name="peers"/> must be given.</summary>
    /// <param name="committee">Number of validators on one host.</param>
    /// <param name="basePort">See <see cref="PortPlan.ForOneHost"/>; 0: any free ports. Only with <paramref name="committee"/>.</param>
    /// <param name="host">The host of all validators, 127.0.0.1 by default. Only with <paramref name="committee"/>.</param>
    /// <param name="peers">host:port of each validator's peer link, separated by commas.</param>
    /// <param name="name">Name of the network; "mysticeti" by default.</param>
    /// <param name="regions">Regions that the validators are dealt out to in turn, separated by commas.</param>
    /// <exception cref="TopologyException">The options do not fit together or are out of range.</exception>
    public static CommitteeSpecification Specify(int? committee, int? basePort = null, string? host = null, string? peers = null, string? name = null, string? regions = null)
    {
        var specification = (committee, peers) switch
        {
            (null, null) => throw new TopologyException("give either --committee N or --peers host:port,host:port,..."),
            ({ }, { }) => throw new TopologyException("--committee and --peers exclude each other: the peers' number is the committee's size"),
            (null, { } list) => OfPeers(list, basePort, host),
            ({ } size, null) => OnOneHost(size, basePort, host ?? "127.0.0.1"),
        };
        return (specification with { Name = name ?? "mysticeti" }).DealtTo(regions is null ? [] : [.. regions.Split(',', StringSplitOptions.TrimEntries)]).Validated();
    }

    /// <summary>
    /// Writes <c>genesis.json</c>, <c>node{i}/key.json</c> (mode 0600) into <paramref name="directory"/>, and returns the plan whose paths lead there.
    /// </summary>
    /// <param name="generateKey">Makes the key of an authority; random keys by default.</param>
    /// <exception cref="TopologyException">The directory holds a network already, or cannot be written.</exception>
    public static LaunchPlan Write(CommitteeSpecification specification, string directory, TimeProvider time, Func<int, ValidatorKey>? generateKey = null)
    {
        var plan = LaunchPlan.Create(specification, LaunchPaths.Under(directory), time, generateKey);
        if (File.Exists(Path.Combine(directory, GenesisName)))
            throw new TopologyException($"'{directory}' holds a network already: name another directory, or delete that one if its keys are not needed any more");
        try
        {
            plan.WriteFiles(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new TopologyException($"cannot write the genesis files to '{directory}': {error.Message.ReplaceLineEndings(" ")}", error);
        }

        return plan;
    }

    private static CommitteeSpecification OnOneHost(int size, int? basePort, string host)
    {
        // The size is checked before ports are looked for in its name.
        var specification = new CommitteeSpecification { Size = size }.Validated();
        return specification with
        {
            Hosts = [.. Enumerable.Repeat(host, size)],
            Ports = basePort == 0 ? PortPlan.FromPorts(FreePorts.Reserve(3 * size)) : PortPlan.ForOneHost(size, basePort),
        };
    }

    private static CommitteeSpecification OfPeers(string list, int? basePort, string? host)
    {
        if (basePort is not null) throw new TopologyException("--base-port goes with --committee only: --peers names the ports");
        if (host is not null) throw new TopologyException("--host goes with --committee only: --peers names the hosts");
        var peers = list.Split(',', StringSplitOptions.TrimEntries).Select(HostPort.Parse).ToArray();
        var twice = peers.GroupBy(peer => peer).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new TopologyException($"--peers names {twice.Key} twice");
        return new CommitteeSpecification { Size = peers.Length, Hosts = [.. peers.Select(peer => peer.Host)], Ports = PortPlan.ForPeers(peers) };
    }
}
