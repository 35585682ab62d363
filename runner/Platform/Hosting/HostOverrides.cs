using System.Collections.Immutable;
using Mysticeti.Engine.Console;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Hosting;

/// <summary>Hosts that are reached under another name from here: from within a container, the machine's own addresses are others.</summary>
internal sealed class HostOverrides
{
    private readonly ImmutableDictionary<string, string> _others;

    private HostOverrides(ImmutableDictionary<string, string> others) => _others = others;

    public static HostOverrides None { get; } = new(ImmutableDictionary<string, string>.Empty);

    /// <param name="text"><c>HOST=OTHER,..</c></param>
    /// <param name="source">What errors name as its place.</param>
    /// <exception cref="UsageException">It is something else, or names a host twice.</exception>
    public static HostOverrides Parse(string text, string source)
    {
        var others = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var hosts = pair.Split('=', StringSplitOptions.TrimEntries);
            if (hosts.Length != 2 || hosts.Any(host => Uri.CheckHostName(host) == UriHostNameType.Unknown))
                throw new UsageException($"{source}: {Values.OneLine(pair)} is not HOST=OTHER; it takes 127.0.0.1=host.docker.internal,..");
            if (!others.TryAdd(hosts[0], hosts[1])) throw new UsageException($"{source} names {hosts[0]} twice");
        }

        return new HostOverrides(others.ToImmutable());
    }

    /// <summary>An address as it is reached from here.</summary>
    public Uri Of(Uri url) => _others.TryGetValue(url.Host, out var other) ? new UriBuilder(url) { Host = other }.Uri : url;

    /// <summary>A network as it is reached from here.</summary>
    public NetworkOutputs Of(NetworkOutputs network) => network with { Nodes = [.. network.Nodes.Select(node => node with { RpcUrl = Of(node.RpcUrl) })] };
}
