using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Console;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Load;

/// <summary>Which nodes get which share of the load.</summary>
public sealed record TargetChoice
{
    private const int HighestWeight = 1_000;
    private const string RegionPrefix = "region:";
    private const string WeightedPrefix = "weighted:";

    /// <summary>Every node the same.</summary>
    public static TargetChoice RoundRobin { get; } = new();

    /// <summary>A weight for each node; empty: all the same.</summary>
    public ImmutableArray<int> Weights { get; init; } = [];

    /// <summary>Only the nodes of this region; null: all.</summary>
    public string? Region { get; init; }

    /// <summary>Reads <c>round-robin</c>, <c>weighted:3,1,1,1</c> or <c>region:NAME</c>; null where the text is none of them.</summary>
    public static TargetChoice? Parse(string text)
    {
        if (text == "round-robin") return RoundRobin;

        if (text.StartsWith(RegionPrefix, StringComparison.Ordinal) && text.Length > RegionPrefix.Length)
        {
            return new TargetChoice { Region = text[RegionPrefix.Length..] };
        }

        if (!text.StartsWith(WeightedPrefix, StringComparison.Ordinal)) return null;

        var weights = ImmutableArray.CreateBuilder<int>();
        foreach (var word in text[WeightedPrefix.Length..].Split(','))
        {
            if (!int.TryParse(word.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var weight) || weight > HighestWeight)
            {
                return null;
            }

            weights.Add(weight);
        }

        return weights.Any(w => w > 0) ? new TargetChoice { Weights = weights.ToImmutable() } : null;
    }

    /// <summary>The pattern over some nodes.</summary>
    /// <param name="load">Offered load in transactions a second.</param>
    /// <param name="down">Positions of nodes that get nothing, because they are down from the beginning to the end.</param>
    /// <exception cref="UsageException">The choice does not fit these nodes.</exception>
    public Targets For(IReadOnlyList<NodeOutput> nodes, int load, IReadOnlyCollection<int> down)
    {
        var weights = WeightsOf(nodes);
        foreach (var node in down) weights[node] = 0;

        return weights.Any(w => w > 0)
            ? Targets.Weighted(weights, load)
            : throw new UsageException($"every node that the targets {this} name is down for the whole load; leave one of them up");
    }

    private int[] WeightsOf(IReadOnlyList<NodeOutput> nodes)
    {
        if (Region is { } region)
        {
            int[] local = [.. nodes.Select(n => n.Region.Equals(region, StringComparison.OrdinalIgnoreCase) ? 1 : 0)];
            return local.Contains(1)
                ? local
                : throw new UsageException($"no node is in region {region}; there are {string.Join(", ", nodes.Select(n => n.Region).Distinct().Order())}");
        }

        return Weights.IsEmpty ? [.. Enumerable.Repeat(1, nodes.Count)]
            : Weights.Length == nodes.Count ? [.. Weights]
            : throw new UsageException($"{Weights.Length} weights were given for {nodes.Count} nodes; give one for each");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Region is not null ? RegionPrefix + Region : Weights.IsEmpty ? "round-robin" : WeightedPrefix + string.Join(',', Weights);
}
