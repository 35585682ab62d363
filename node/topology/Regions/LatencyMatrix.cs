using System.Collections.Immutable;
using System.Globalization;

namespace Mysticeti.Topology.Regions;

/// <summary>Round-trip times between regions: what a network across them cannot be faster than.</summary>
public sealed class LatencyMatrix
{
    private readonly double[,] _roundTripMs;

    private LatencyMatrix(string source, ImmutableArray<string> regions, double[,] roundTripMs) =>
        (Source, Regions, _roundTripMs) = (source, regions, roundTripMs);

    /// <summary>
    /// Fifteen AWS regions. Approximate: the medians vary by some milliseconds from month to month and by direction;
    /// both directions were averaged and rounded to whole milliseconds.
    /// </summary>
    public static LatencyMatrix Aws { get; } = Parse(
        "cloudping.co, median (p50) TCP round trips between AWS regions, as of mid-2025, rounded; within a region 1 ms, as between availability zones",
        """
        us-east-1        1
        us-east-2       16   1
        us-west-1       64  53   1
        us-west-2       64  51  22   1
        ca-central-1    17  27  80  61   1
        sa-east-1      115 126 175 175 126   1
        eu-west-1       70  80 130 118  69 178   1
        eu-west-2       78  88 148 129  79 187  14   1
        eu-central-1    93 104 153 143  93 205  27  18   1
        eu-north-1     112 123 173 155 106 223  40  31  23   1
        ap-south-1     191 202 232 222 192 301 126 117 129 149   1
        ap-northeast-1 150 136 109  98 147 259 202 213 227 247 134   1
        ap-northeast-2 180 166 134 124 176 290 233 243 231 250 135  36   1
        ap-southeast-1 219 204 170 161 215 328 179 170 161 181  64  71  74   1
        ap-southeast-2 200 188 139 141 198 312 256 266 251 271 155 106 146  95   1
        """);

    /// <summary>Where the figures come from, and of when they are.</summary>
    public string Source { get; }

    /// <summary>The regions' names, as the cloud calls them.</summary>
    public ImmutableArray<string> Regions { get; }

    /// <summary>Whether <paramref name="region"/> is in the matrix.</summary>
    public bool Contains(string region) => Regions.Contains(region);

    /// <summary>The round trip between two regions, the same both ways; within one region that between its zones.</summary>
    /// <exception cref="TopologyException">A region is not in the matrix.</exception>
    public TimeSpan RoundTrip(string from, string to) => TimeSpan.FromMilliseconds(_roundTripMs[IndexOf(from), IndexOf(to)]);

    /// <summary>Half of the round trip: what one message takes.</summary>
    /// <exception cref="TopologyException">A region is not in the matrix.</exception>
    public TimeSpan OneWay(string from, string to) => RoundTrip(from, to) / 2;

    /// <summary>Reads a lower triangle: a line for each region, its name and the round trips in milliseconds to all regions up to itself.</summary>
    /// <exception cref="TopologyException">The table is not one.</exception>
    public static LatencyMatrix Parse(string source, string lowerTriangle)
    {
        var lines = lowerTriangle.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var regions = ImmutableArray.CreateBuilder<string>(lines.Length);
        var roundTripMs = new double[lines.Length, lines.Length];
        foreach (var line in lines)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var row = regions.Count;
            if (fields.Length != row + 2)
                throw new TopologyException($"latency matrix: {fields[0]} has {fields.Length - 1} round trips; a lower triangle has {row + 1} there");
            for (var column = 0; column <= row; column++)
            {
                if (!double.TryParse(fields[column + 1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ms))
                    throw new TopologyException($"latency matrix: '{fields[column + 1]}' of {fields[0]} is no number of milliseconds");
                roundTripMs[row, column] = roundTripMs[column, row] = ms;
            }

            regions.Add(fields[0]);
        }

        return new LatencyMatrix(source, regions.MoveToImmutable(), roundTripMs);
    }

    private int IndexOf(string region)
    {
        var index = Regions.IndexOf(region);
        return index >= 0 ? index : throw new TopologyException($"region '{region}' is not known; the known ones are {string.Join(", ", Regions)}");
    }
}
