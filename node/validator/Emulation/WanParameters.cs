using Mysticeti.Topology;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Validator.Emulation;

/// <summary>A wide-area network to emulate between the regions that the genesis names, on the sending side of the peer links.</summary>
/// <remarks>Settable, as all that the JSON source generator reads.</remarks>
internal sealed record WanParameters
{
    /// <summary>Round trips in milliseconds, by region and region, in either direction; what it leaves out comes from the built-in matrix of AWS regions.</summary>
    public Dictionary<string, Dictionary<string, double>> RoundTripMs { get; set; } = [];

    /// <summary>Up to so many milliseconds are added to each delay.</summary>
    public double JitterMs { get; set; }

    /// <summary>Share of the packets that are lost and sent again, from 0 to 0.5.</summary>
    public double LossRate { get; set; }

    /// <summary>Bandwidth to each peer in megabits per second; 0 for no limit.</summary>
    public double BandwidthMbps { get; set; }

    /// <summary>Where jitter and loss start from.</summary>
    public int Seed { get; set; }

    /// <summary>The path from one authority to another.</summary>
    /// <exception cref="TopologyException">The round trip between their regions is not known.</exception>
    internal LinkConditions Between(GenesisAuthority from, GenesisAuthority to)
    {
        var roundTrip = Given(from.Region, to.Region) ?? Given(to.Region, from.Region) ?? Inside(from.Region, to.Region) ?? LatencyMatrix.Aws.RoundTrip(from.Region, to.Region);
        return new LinkConditions(roundTrip / 2, TimeSpan.FromMilliseconds(JitterMs), LossRate, BandwidthMbps * 1_000_000 / 8);
    }

    /// <summary>The first rule that is broken; null where all hold.</summary>
    internal string? Broken()
    {
        if (RoundTripMs is null || RoundTripMs.Values.Any(row => row is null || row.Values.Any(ms => ms is not (>= 0 and <= 10_000))))
            return "wan.roundTripMs must be from 0 to 10,000 for each pair of regions";
        if (JitterMs is not (>= 0 and <= 10_000)) return "wan.jitterMs must be from 0 to 10,000";
        if (LossRate is not (>= 0 and <= 0.5)) return "wan.lossRate must be from 0 to 0.5";
        return BandwidthMbps is 0 or (>= 0.01 and <= 1_000_000) ? null : "wan.bandwidthMbps must be 0 or from 0.01 to 1,000,000";
    }

    private TimeSpan? Given(string from, string to) =>
        RoundTripMs.TryGetValue(from, out var row) && row.TryGetValue(to, out var ms) ? TimeSpan.FromMilliseconds(ms) : null;

    /// <summary>Within a region that only the file names: the same as within those of the built-in matrix.</summary>
    private TimeSpan? Inside(string from, string to) =>
        from == to && (RoundTripMs.ContainsKey(from) || RoundTripMs.Values.Any(row => row.ContainsKey(from))) ? TimeSpan.FromMilliseconds(1) : null;
}
