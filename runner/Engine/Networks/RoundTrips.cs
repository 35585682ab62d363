using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>The path between two validators as one of them sees it.</summary>
/// <param name="Configured">What WAN emulation should make of it, in milliseconds.</param>
/// <param name="Measured">What it is, in milliseconds.</param>
internal sealed record PathTime(int From, int To, double Configured, double Measured);

/// <summary>Shows after the start whether an emulated wide-area network is what it was configured to be.</summary>
internal static partial class RoundTrips
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Asks the validators, which measure all the time, until each has measured each path. The least of several measurements counts: a busy
    /// processor only ever adds.
    /// </summary>
    /// <returns>The table in lines; it says so where something was not measured in time.</returns>
    public static async Task<IReadOnlyList<string>> MeasureAsync(IReadOnlyList<NodeOutput> nodes, TimeProvider time, CancellationToken cancellationToken)
    {
        const int EnoughRounds = 3;
        using var client = new NodeClient();
        var least = new Dictionary<(int From, int To), PathTime>();
        var begin = time.GetTimestamp();
        for (var complete = 0; complete < EnoughRounds && time.GetElapsedTime(begin) < LongestWait;)
        {
            foreach (var path in (await Task.WhenAll(nodes.Select(node => AskAsync(client, node, cancellationToken)))).SelectMany(paths => paths))
            {
                if (!least.TryGetValue((path.From, path.To), out var known) || path.Measured < known.Measured) least[(path.From, path.To)] = path;
            }

            if (least.Count == nodes.Count * (nodes.Count - 1)) complete++;
            if (complete < EnoughRounds) await Task.Delay(Interval, time, cancellationToken);
        }

        return Table(nodes, least.Values);
    }

    /// <summary>One line for each pair of regions.</summary>
    public static IReadOnlyList<string> Table(IReadOnlyList<NodeOutput> nodes, IReadOnlyCollection<PathTime> paths)
    {
        var regions = nodes.ToDictionary(node => node.Index, node => node.Region);
        var groups = paths
            .GroupBy(path => string.Join(" - ", ((string[])[regions[path.From], regions[path.To]]).Order(StringComparer.Ordinal)))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        var width = groups.Select(group => group.Key.Length).DefaultIfEmpty(0).Max();
        var lines = new List<string> { "emulated round trips between regions, in ms: configured, measured (median, least to most of the paths)" };
        foreach (var group in groups)
        {
            var measured = group.Select(path => path.Measured).Order().ToList();
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"  {group.Key.PadRight(width)}  {group.First().Configured,6:0.0}  {measured[measured.Count / 2],6:0.0}  ({measured[0]:0.0} to {measured[^1]:0.0})"));
        }

        var missing = (nodes.Count * (nodes.Count - 1)) - paths.Count;
        if (missing > 0) lines.Add($"  not measured in time: {missing} of {nodes.Count * (nodes.Count - 1)} paths");
        return lines;
    }

    /// <summary>Reads what a validator says in its metrics; paths without both figures are left out.</summary>
    public static IEnumerable<PathTime> Parse(int from, string metrics)
    {
        var figures = PathLine().Matches(metrics).ToLookup(
            match => match.Groups["kind"].Value.Length > 0,
            match => (
                Peer: int.Parse(match.Groups["peer"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
                Ms: 1000 * double.Parse(match.Groups["seconds"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture)));
        return figures[true].Join(figures[false], configured => configured.Peer, measured => measured.Peer, (configured, measured) =>
            new PathTime(from, configured.Peer, configured.Ms, measured.Ms));
    }

    private static async Task<IEnumerable<PathTime>> AskAsync(NodeClient client, NodeOutput node, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(node.Index, Encoding.UTF8.GetString(await client.GetAsync(node.RpcUrl, NodePaths.Metrics, cancellationToken)));
        }
        catch (NodeException)
        {
            return [];
        }
    }

    [GeneratedRegex("""^mysticeti_peer_(?<kind>emulated_)?round_trip_seconds\{peer="(?<peer>\d{1,6})"\} (?<seconds>[0-9.eE+-]+)\r?$""", RegexOptions.Multiline)]
    private static partial Regex PathLine();
}
