using System.Globalization;

namespace Mysticeti.Protocol;

/// <summary>Paths of a validator's HTTP services, relative to its RPC address.</summary>
public static class NodePaths
{
    /// <summary>200 when the node is connected to a quorum, else 503.</summary>
    public const string Ready = "ready";

    /// <summary>200 while the process answers; CometBFT has it, too.</summary>
    public const string Health = "health";

    /// <summary>CometBFT's status as a URI call.</summary>
    public const string Status = "status";

    /// <summary>Metrics in Prometheus' text format.</summary>
    public const string Metrics = "metrics";

    /// <summary>JSON-RPC and events as text messages.</summary>
    public const string WebSocket = "websocket";

    /// <summary>The stream of commits; see <see cref="CommitFormat"/>.</summary>
    public const string Commits = "v1/commits";

    /// <summary>The submission stream; see <see cref="SubmitFormat"/>.</summary>
    public const string Submit = "v1/submit";

    /// <summary>Trace entries; see <see cref="Trace.TraceJson"/>.</summary>
    public const string Trace = "v1/trace";

    /// <summary>Fault injection; see <see cref="FaultState"/>.</summary>
    public const string Faults = "v1/faults";

    /// <summary>Trace entries behind a sequence number, with at most <paramref name="limit"/> of them.</summary>
    public static string TraceAfter(long after, int limit) => string.Create(CultureInfo.InvariantCulture, $"{Trace}?after={after}&limit={limit}");

    /// <summary>The URL of a service of the node at <paramref name="rpcUrl"/>, whose own path is kept.</summary>
    /// <param name="rpcUrl">The address of the node's RPC, such as <c>http://host:26657</c> or <c>http://proxy/node0</c>.</param>
    /// <param name="service">One of these paths, perhaps with a query.</param>
    public static Uri Of(Uri rpcUrl, string service) => new($"{rpcUrl.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{service}");

    /// <summary>What a request line asks for to reach a service of the node: the path and query of <see cref="Of"/>.</summary>
    public static string TargetOf(Uri rpcUrl, string service) => Of(rpcUrl, service).PathAndQuery;
}
