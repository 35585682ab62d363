using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology;

/// <summary>Asks the operating system which TCP ports are free.</summary>
public static class FreePorts
{
    private const string EphemeralRangeFile = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int LowestCandidate = 10_000;

    /// <summary>
    /// Finds free loopback ports and lets go of them again. All stay bound until the last is found, so that none comes twice. They lie
    /// outside the range from which the system takes the local ports of outgoing connections, where possible: nothing
    /// then takes them before their validator binds them, except another program that wants just these.
    /// </summary>
    /// <param name="count">Number of ports, at least 1.</param>
    /// <param name="random">Where the search starts, so that parallel runs rarely meet; shared randomness by default.</param>
    /// <exception cref="TopologyException">There are not so many free ports.</exception>
    public static ImmutableArray<int> Reserve(int count, Random? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var listeners = new List<TcpListener>(count);
        try
        {
            foreach (var port in Candidates(random ?? Random.Shared))
            {
                if (listeners.Count == count) break;
                if (TryListen(IPAddress.Loopback, port, out var listener) == SocketError.Success) listeners.Add(listener!);
            }

            while (listeners.Count < count)
            {
                if (TryListen(IPAddress.Loopback, 0, out var listener) != SocketError.Success)
                    throw new TopologyException($"only {listeners.Count} of {count} ports could be bound on {IPAddress.Loopback}: use a smaller committee or stop other programs");
                listeners.Add(listener!);
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    /// <summary>The first of <paramref name="ports"/> that another program holds on <paramref name="address"/>; null if none does.</summary>
    /// <exception cref="TopologyException">A port cannot be bound for another reason: no such address here, or no permission.</exception>
    public static int? FirstOccupied(IEnumerable<int> ports, IPAddress address)
    {
        foreach (var port in ports)
        {
            var error = TryListen(address, port, out var listener);
            listener?.Dispose();
            if (error == SocketError.AddressAlreadyInUse) return port;
            if (error != SocketError.Success)
                throw new TopologyException($"cannot listen on {new IPEndPoint(address, port)}: {new SocketException((int)error).Message}");
        }

        return null;
    }

    // A bound socket that does not listen would not keep out a second one that may reuse the address: so listen, too.
    private static SocketError TryListen(IPAddress address, int port, out TcpListener? listener)
    {
        listener = new TcpListener(address, port);
        try
        {
            listener.Start(backlog: 1);
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            listener.Dispose();
            listener = null;
            return error.SocketErrorCode;
        }
    }

    private static IEnumerable<int> Candidates(Random random)
    {
        var end = EphemeralStart();
        var size = end - LowestCandidate;
        if (size <= 0) yield break;
        var start = random.Next(size);
        for (var i = 0; i < size; i++)
        {
            var port = LowestCandidate + ((start + i) % size);
            if (port is >= PortPlan.DefaultRpc and < PortPlan.DefaultPeer + 100) continue; // left to networks with default ports
            yield return port;
        }
    }

    // Linux says where the range starts; elsewhere it is IANA's.
    private static int EphemeralStart()
    {
        const int iana = 49_152;
        if (!File.Exists(EphemeralRangeFile)) return iana;
        var first = File.ReadAllText(EphemeralRangeFile).Split('\t', ' ')[0];
        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : iana;
    }
}
