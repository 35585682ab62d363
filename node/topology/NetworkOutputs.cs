using System.Collections.Immutable;
using System.Text;

namespace Mysticeti.Topology;

/// <summary>The stack-output contract: where the nodes of a network are and how they are spoken to. It holds no secret.</summary>
public sealed record NetworkOutputs
{
    /// <summary>The version of the contract that is written and read.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Flavor of our own validators.</summary>
    public const string Mysticeti = "mysticeti";

    /// <summary>Flavor of anything with CometBFT's JSON-RPC.</summary>
    public const string CometBft = "cometbft";

    /// <summary>Flavor of the REST interface that only accepts transactions and tells nothing of commits.</summary>
    public const string ScalarOrg = "scalarorg";

    public required string Name { get; init; }

    /// <summary>embedded, local, remote or simulated.</summary>
    public required string Type { get; init; }

    /// <summary>Who hosts the network.</summary>
    public string Provider { get; init; } = "unknown";

    /// <summary>One of <see cref="Flavors"/>.</summary>
    public required string Flavor { get; init; }

    /// <summary>Number of validators, which is the number of nodes.</summary>
    public int CommitteeSize => Nodes.Length;

    /// <summary>The nodes, ascending by index.</summary>
    public required ImmutableArray<NodeOutput> Nodes { get; init; }

    public MonitoringOutput Monitoring { get; init; } = new(null, null);

    /// <summary>What the network costs while it is up, in US dollars an hour.</summary>
    public double CostPerHourUsd { get; init; }

    /// <summary>All known flavors.</summary>
    public static ImmutableArray<string> Flavors { get; } = [Mysticeti, CometBft, ScalarOrg];

    /// <summary>Reads an outputs file.</summary>
    /// <exception cref="TopologyException">It cannot be read, or something in it is wrong: file, field and reason in one line.</exception>
    public static NetworkOutputs Load(string path) => NetworkOutputsFormat.Read(TextFile.Read(path, "outputs file"), path);

    /// <summary>Reads the network object alone, or the whole of <c>pulumi stack output --json</c> with the object as its <c>network</c>.</summary>
    /// <param name="source">What errors name as the file.</param>
    /// <exception cref="TopologyException">Something in it is wrong: source, field and reason in one line.</exception>
    public static NetworkOutputs Parse(string json, string source) => NetworkOutputsFormat.Read(Encoding.UTF8.GetBytes(json), source);

    /// <summary>The network object, indented.</summary>
    public string ToJson() => Encoding.UTF8.GetString(NetworkOutputsFormat.Write(this));

    /// <inheritdoc/>
    public bool Equals(NetworkOutputs? other) =>
        other is not null && Name == other.Name && Type == other.Type && Provider == other.Provider && Flavor == other.Flavor
        && Nodes.SequenceEqual(other.Nodes) && Monitoring == other.Monitoring && CostPerHourUsd.Equals(other.CostPerHourUsd);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, Provider, Flavor, Nodes.Length, Monitoring, CostPerHourUsd);
}

/// <summary>One node of a network.</summary>
public sealed record NodeOutput
{
    /// <summary>Authority index.</summary>
    public required int Index { get; init; }

    public required string Name { get; init; }

    public string Region { get; init; } = "unknown";

    /// <summary>Host name or IP address; without one in the file, that of <see cref="RpcUrl"/>.</summary>
    public required string Host { get; init; }

    public required Uri RpcUrl { get; init; }

    /// <summary>Where the node's Prometheus metrics are; null if unknown.</summary>
    public Uri? MetricsUrl { get; init; }

    /// <summary>tcp://host:port; null if unknown.</summary>
    public string? AbciAddress { get; init; }

    /// <summary>Name of the node's Docker container; null if it has none.</summary>
    public string? Container { get; init; }

    /// <summary>How to log in on the node's host; null if one cannot.</summary>
    public SshOutput? Ssh { get; init; }
}

/// <param name="Port">1 to 65535.</param>
/// <param name="PrivateKeyPath">A path on the user's machine, never the key; null: the SSH client's own choice.</param>
public sealed record SshOutput(string Host, int Port, string User, string? PrivateKeyPath);

/// <summary>Where to look at the network; null: no such thing there.</summary>
public sealed record MonitoringOutput(Uri? PrometheusUrl, Uri? GrafanaUrl);
