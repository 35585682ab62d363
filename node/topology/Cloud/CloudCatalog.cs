using System.Collections.Immutable;

namespace Mysticeti.Topology.Cloud;

/// <summary>What of a cloud is known without asking it: regions, and list prices for the estimate before anything is made.</summary>
/// <remarks>
/// Prices are on-demand list prices for Linux as published by the providers in 2025 (AWS: us-east-1, other regions cost up to half as
/// much again; Vultr: the monthly price over 672 hours, as it bills). They were noted by hand and are not queried; mysticeti:instanceUsd
/// overrides them.
/// </remarks>
/// <param name="Prices">US dollars an hour by instance type or plan.</param>
/// <param name="ExtrasUsd">US dollars an hour beside each instance: its disk and public address.</param>
public sealed record CloudCatalog(
    string DefaultRegion, string DefaultType, ImmutableArray<string> Regions, ImmutableSortedDictionary<string, decimal> Prices, decimal ExtrasUsd)
{
    private const decimal VultrHours = 672;

    private static readonly CloudCatalog Aws = new(
        "us-east-1",
        "c6i.large",
        [
            "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
            "eu-north-1", "eu-south-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
            "ap-east-1", "me-south-1", "af-south-1",
        ],
        new Dictionary<string, decimal>
        {
            ["t3.medium"] = 0.0416m, ["t3.large"] = 0.0832m, ["t4g.medium"] = 0.0336m, ["m6i.large"] = 0.096m, ["m6i.xlarge"] = 0.192m,
            ["c6i.large"] = 0.085m, ["c6i.xlarge"] = 0.17m, ["c6i.2xlarge"] = 0.34m, ["c7g.large"] = 0.0725m, ["c7g.xlarge"] = 0.145m,
        }.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ExtrasUsd: 0.005m + 0.003m);

    private static readonly CloudCatalog Vultr = new(
        "ewr",
        "vc2-2c-4gb",
        [
            "ewr", "ord", "dfw", "sea", "lax", "atl", "mia", "sjc", "hnl", "yto", "mex", "scl", "sao", "ams", "lhr", "man", "fra", "cdg", "mad",
            "waw", "sto", "tlv", "jnb", "bom", "del", "blr", "sgp", "nrt", "itm", "icn", "syd", "mel",
        ],
        new Dictionary<string, decimal>
        {
            ["vc2-1c-2gb"] = 10 / VultrHours, ["vc2-2c-4gb"] = 20 / VultrHours, ["vc2-4c-8gb"] = 40 / VultrHours,
            ["vhf-2c-4gb"] = 24 / VultrHours, ["vhp-2c-4gb-amd"] = 24 / VultrHours, ["vhp-4c-8gb-amd"] = 48 / VultrHours,
        }.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ExtrasUsd: 0);

    /// <exception cref="ArgumentException">The provider is no cloud.</exception>
    public static CloudCatalog Of(Provider provider) => provider switch
    {
        Provider.Aws => Aws,
        Provider.Vultr => Vultr,
        _ => throw new ArgumentException($"{provider} is no cloud", nameof(provider)),
    };
}
