using System.Globalization;
using System.Text;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Networks;

/// <summary>What a node says of itself in its metrics; null where it did not say.</summary>
/// <param name="Ready">Connected to a quorum.</param>
/// <param name="Round">The threshold clock's round.</param>
/// <param name="CommitIndex">Index of its newest commit.</param>
/// <param name="Peers">Connected peers.</param>
internal sealed record NodeReport(bool Ready, long? Round, long? CommitIndex, long? Peers)
{
    public static readonly NodeReport Silent = new(false, null, null, null);

    /// <summary>Reads Prometheus text: lines of <c>name value</c>; other lines do not matter.</summary>
    public static NodeReport Parse(string metrics)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in metrics.Split('\n', StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ');
            if (words.Length < 2 || words[0] is "#" or "") continue;
            if (double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
                values[words[0]] = (long)value;
        }

        return new NodeReport(
            values.GetValueOrDefault("mysticeti_ready") == 1, Value("mysticeti_round"), Value("mysticeti_commit_index"), Value("mysticeti_peers_connected"));

        long? Value(string name) => values.TryGetValue(name, out var value) ? value : null;
    }
}

/// <summary>Asks a node how it is.</summary>
internal static class NodeProbe
{
    /// <summary>Never fails: a node that does not answer is silent.</summary>
    public static async Task<NodeReport> AskAsync(NodeClient client, Uri rpcUrl, CancellationToken cancellationToken)
    {
        try
        {
            return NodeReport.Parse(Encoding.UTF8.GetString(await client.GetAsync(rpcUrl, NodePaths.Metrics, cancellationToken)));
        }
        catch (NodeException)
        {
            return NodeReport.Silent;
        }
    }
}
