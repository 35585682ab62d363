using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mysticeti.Topology;

/// <summary>What networks of containers on one machine must not share: the names of containers, addresses, published ports.</summary>
/// <param name="Prefix">What names of containers begin with.</param>
/// <param name="Subnet">The addresses, an IPv4 network.</param>
/// <param name="BasePort">First published port; null: RPC 26657+i, ABCI 26670+i.</param>
public sealed record NetworkPlace(string Prefix, string Subnet, int? BasePort)
{
    /// <summary>The network whose place is <see cref="Default"/>.</summary>
    public const string DefaultName = "local";

    // With the largest committee in the last one, all of them end below the default network's first port, 26657.
    private const int Places = 500, FirstPort = 10_000, PortsOfAPlace = 32;

    /// <summary>Names, addresses and ports that users know.</summary>
    public static NetworkPlace Default { get; } = new("mysticeti-", "172.20.0.0/16", BasePort: null);

    /// <summary>
    /// The place that follows from a network's name, so that nobody has to deal places out. Those of two names are the same in one case of 500; then one
    /// of them needs a subnet and a base port of its own. A place has room for 10 validators up to the next one's ports.
    /// </summary>
    /// <remarks>
    /// The addresses are of 198.18.0.0/15, which is set aside for benchmarks (RFC 2544): neither a site's own network nor what Docker deals out by itself
    /// is there.
    /// </remarks>
    public static NetworkPlace Of(string name)
    {
        if (name == DefaultName) return Default;
        var place = (int)(BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % Places);
        return new NetworkPlace(
            $"mysticeti-{name}-", string.Create(CultureInfo.InvariantCulture, $"198.{18 + (place / 256)}.{place % 256}.0/24"), FirstPort + (PortsOfAPlace * place));
    }
}
