using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology;

/// <summary>A TCP address as text: <c>host:port</c>, an IPv6 host in brackets (<c>[::1]:26700</c>).</summary>
/// <param name="Host">Host name or IP address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>.</summary>
    /// <exception cref="TopologyException">The text is no such address.</exception>
    public static HostPort Parse(string text) => TryParse(text, out var address)
        ? address
        : throw new TopologyException($"'{text}' is not an address: write host:port with a port from 1 to 65535, an IPv6 host in brackets");

    /// <summary>Reads <c>host:port</c>.</summary>
    public static bool TryParse(string text, out HostPort address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon < 1) return false;
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;

        var host = text[..colon];
        if (host[0] == '[')
        {
            if (host[^1] != ']' || !IsIPv6(host[1..^1])) return false;
            host = host[1..^1];
        }
        else if (!IsHost(host) || IsIPv6(host))
        {
            return false;
        }

        address = new HostPort(host, port);
        return true;
    }

    /// <summary>Whether <paramref name="host"/> is a host name or an IP address (IPv6 without brackets).</summary>
    public static bool IsHost(string host) =>
        Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 || IsIPv6(host);

    /// <inheritdoc/>
    public bool Equals(HostPort other) => Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Port, StringComparer.OrdinalIgnoreCase.GetHashCode(Host ?? ""));

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsIPv6(string host) =>
        !host.StartsWith('[') && IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
