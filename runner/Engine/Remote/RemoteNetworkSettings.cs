using System.Collections.Immutable;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Remote;

/// <summary>How a network on other machines is brought up.</summary>
public sealed record RemoteNetworkSettings
{
    /// <summary>One host for each validator, by authority index.</summary>
    public required ImmutableArray<RemoteHost> Hosts { get; init; }

    /// <summary>Name of the network; several of them can live on the same hosts.</summary>
    public string Name { get; init; } = "remote";

    /// <summary>First port of each host's validator; null: the default ports. Hosts that are named twice count on from it.</summary>
    public int? BasePort { get; init; }

    public HostRuntime Runtime { get; init; } = HostRuntime.Process;

    /// <summary>A published validator, as a directory of this machine; null: it is published from the sources. Containers run an image instead.</summary>
    public string? PackageDirectory { get; init; }

    /// <summary>Local parameters of every validator; null: each has its defaults.</summary>
    public ParametersFile? Parameters { get; init; }

    /// <summary>Regions, assigned to the validators in turn; empty: all are in one.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Whether the validators can be asked to misbehave.</summary>
    public bool FaultInjection { get; init; }

    /// <summary>What happens to the network afterwards; with <see cref="Cleanup.Nothing"/> it goes on running.</summary>
    public Cleanup Cleanup { get; init; } = Cleanup.Nothing;

    /// <summary>The directory of this machine under which the genesis and the keys of each network, and packages, are kept.</summary>
    public required string LocalDirectory { get; init; }

    /// <summary>What the hosts are to run.</summary>
    public CommitteeSpecification Specification()
    {
        var alone = Hosts.Select(host => host.Host).Distinct(StringComparer.OrdinalIgnoreCase).Count() == Hosts.Length;
        return new CommitteeSpecification
        {
            Name = Name,
            Size = Hosts.Length,
            Hosts = [.. Hosts.Select(host => host.Host)],
            BindAddress = "0.0.0.0",
            UnsafeFaultInjection = FaultInjection,
            Parameters = Parameters,
            Ports = !alone ? PortPlan.ForOneHost(Hosts.Length, BasePort)
                : BasePort is { } port ? PortPlan.FromPorts([.. Repeat(port), .. Repeat(port + 1), .. Repeat(port + 2)])
                : PortPlan.ForOwnHosts(Hosts.Length),
        }.DealtTo(Regions).Validated();

        IEnumerable<int> Repeat(int value) => Enumerable.Repeat(value, Hosts.Length);
    }
}
