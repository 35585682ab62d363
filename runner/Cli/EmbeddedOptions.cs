using System.CommandLine;
using System.Globalization;
using Mysticeti.Runner.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary>The options of every command that can start an embedded network.</summary>
internal sealed class EmbeddedOptions
{
    public readonly Option<string?> Committee = TextOption.Create(
        "--committee", "N", "4", $"Number of validators, {CommitteeSpecification.MinSize} to {CommitteeSpecification.MaxSize}");

    public readonly Option<string?> BasePort = TextOption.Create(
        "--base-port", "PORT", null, "First TCP port of an embedded network, 0 for free ports; by default RPC 26657+i, ABCI 26670+i, peers 26700+i");

    public readonly Option<string?> StartupWait = TextOption.Create(
        "--startup-wait", "SECONDS", "30", "Longest wait for the network in seconds; work begins as soon as every node is ready");

    public readonly Option<bool> Cleanup = TextOption.Flag(
        "--cleanup", "Afterwards delete what the validators stored, keep genesis, keys and logs; containers: stop and remove them [default: keep all]");

    public readonly Option<bool> CleanupThorough = TextOption.Flag(
        "--cleanup-thorough", "Afterwards delete the network's whole directory, logs too; containers: their volumes, too");

    public IEnumerable<Option> All => [Committee, BasePort, StartupWait, Cleanup, CleanupThorough];

    public TimeSpan ReadStartupWait(ParseResult arguments) => Values.Seconds(StartupWait.Name, arguments.Text(StartupWait), 0.1, 86_400);

    public EmbeddedNetworkSettings Read(ParseResult arguments, Shell shell)
    {
        var committee = ReadCommittee(arguments);
        int? basePort = arguments.IsGiven(BasePort) ? Values.Whole(BasePort.Name, arguments.Text(BasePort), 0, 65_535, "a port") : null;
        if (basePort != 0) _ = PortPlan.ForOneHost(committee, basePort);
        return new EmbeddedNetworkSettings
        {
            Committee = committee,
            BasePort = basePort,
            Cleanup = arguments.GetValue(CleanupThorough) ? Networks.Cleanup.Everything
                : arguments.GetValue(Cleanup) ? Networks.Cleanup.Storage
                : Networks.Cleanup.Nothing,
            NetworksDirectory = shell.NetworksDirectory,
        };
    }

    public int ReadCommittee(ParseResult arguments)
    {
        var text = arguments.Text(Committee);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) && size < CommitteeSpecification.MinSize)
            throw new UsageException($"{Committee.Name} {size} is too small; a committee needs at least {CommitteeSpecification.MinSize} validators");
        return Values.Whole(Committee.Name, text, CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize);
    }
}
