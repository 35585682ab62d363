using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of every command that can start an embedded network.</summary>
internal sealed class EmbeddedOptions
{
    public readonly Option<string?> Committee = TextOption.Create(
        "--committee", "N", "4", $"Number of validators, {CommitteeSpecification.MinSize} to {CommitteeSpecification.MaxSize}");

    public readonly Option<string?> BasePort = TextOption.Create(
        "--base-port", "PORT", null, "First TCP port of an embedded network, 0 for free ports; by default RPC 26657+i, ABCI 26670+i, peers 26700+i");

    public readonly Option<string?> Parameters = TextOption.Create(
        "--parameters", "FILE", null, "Local parameters of every validator of an embedded or remote network (JSON); by default each has its own");

    public readonly Option<string?> Regions = TextOption.Create(
        "--regions", "R1,R2,..", null, "Emulate a wide-area network: AWS regions, assigned to the validators of an embedded or remote network in turn, or 'all'");

    public readonly Option<string?> StartupWait = Options.StartupWait.CreateOption();

    public readonly Option<bool> Cleanup = TextOption.Flag(
        "--cleanup", "Afterwards delete what the validators stored, keep genesis, keys and logs; containers: stop and remove them [default: keep all]");

    public readonly Option<bool> CleanupThorough = TextOption.Flag(
        "--cleanup-thorough", "Afterwards delete the network's whole directory, logs too; containers: their volumes, too");

    public IEnumerable<Option> All => [Committee, BasePort, Parameters, Regions, StartupWait, Cleanup, CleanupThorough];

    /// <summary>Those that mean nothing for a network that runs already.</summary>
    public IEnumerable<Option> StartingOnly => [BasePort, Parameters, Regions, Cleanup, CleanupThorough];

    public EmbeddedNetworkSettings Read(ParseResult arguments, Shell shell)
    {
        var committee = ReadCommittee(arguments);
        int? basePort = arguments.IsGiven(BasePort) ? Values.Whole(BasePort.Name, arguments.Text(BasePort), 0, 65_535, "a port") : null;
        if (basePort != 0) _ = PortPlan.ForOneHost(committee, basePort);
        var (parameters, regions) = ReadParameters(arguments, Parameters, Regions);
        return new EmbeddedNetworkSettings
        {
            Committee = committee,
            BasePort = basePort,
            Parameters = parameters,
            Regions = regions,
            Cleanup = arguments.GetValue(CleanupThorough) ? Engine.Networks.Cleanup.Everything
                : arguments.GetValue(Cleanup) ? Engine.Networks.Cleanup.Storage
                : Engine.Networks.Cleanup.Nothing,
            NetworksDirectory = shell.NetworksDirectory,
        };
    }

    /// <summary>Local parameters, null where each validator has its defaults, and the regions that they emulate links between.</summary>
    public static (ParametersFile? Parameters, ImmutableArray<string> Regions) ReadParameters(ParseResult arguments, Option<string?> parameters, Option<string?> regions)
    {
        var named = arguments.IsGiven(regions) ? ReadRegions(arguments.Text(regions)) : [];
        var file = arguments.IsGiven(parameters) ? ParametersFile.Load(arguments.Text(parameters)) : null;
        return (named.IsEmpty ? file : (file ?? ParametersFile.Defaults).Between(named), named);
    }

    private static ImmutableArray<string> ReadRegions(string text) =>
        text == "all" ? LatencyMatrix.Aws.Regions : [.. text.Split(',', StringSplitOptions.TrimEntries)];

    public int ReadCommittee(ParseResult arguments)
    {
        var text = arguments.Text(Committee);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) && size < CommitteeSpecification.MinSize)
            throw new UsageException($"{Committee.Name} {size} is too small; a committee needs at least {CommitteeSpecification.MinSize} validators");
        return Values.Whole(Committee.Name, text, CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize);
    }
}
