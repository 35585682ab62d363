using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology.Cloud;

/// <summary>A region's own network: a part of the stack's subnet.</summary>
/// <param name="Cidr">256 addresses.</param>
public sealed record RegionNetwork(string Region, string Cidr);

/// <summary>Cuts a stack's subnet into one network for each region, none overlapping another.</summary>
public static class RegionNetworks
{
    private const int Prefix = 24;

    /// <exception cref="TopologyException">The subnet is no IPv4 network, or too small.</exception>
    public static ImmutableArray<RegionNetwork> Of(StackSettings settings)
    {
        if (!IPNetwork.TryParse(settings.Subnet, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || $"{network}" != settings.Subnet)
            throw new TopologyException($"'{settings.Subnet}' is no IPv4 network: write its first address and a length, for example 10.77.0.0/16");
        if (network.PrefixLength is < 8 or > Prefix || 1 << (Prefix - network.PrefixLength) < settings.Regions.Length)
            throw new TopologyException($"{settings.Subnet} does not hold {settings.Regions.Length} networks of 256 addresses, one for each region; take for example 10.77.0.0/16");
        var first = network.BaseAddress.GetAddressBytes();
        return [.. settings.Regions.Select((region, i) => new RegionNetwork(region, $"{first[0]}.{first[1] + ((first[2] + i) / 256)}.{(first[2] + i) % 256}.0/{Prefix}"))];
    }
}
