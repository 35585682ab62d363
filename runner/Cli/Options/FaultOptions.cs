using System.Collections.Immutable;
using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Faults;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options that say what is done to nodes during a load.</summary>
internal sealed class FaultOptions
{
    public readonly Option<string?> Faults = TextOption.Create("--faults", "N", "0", "Nodes, the last ones, that are down during each load; at most f");

    public readonly Option<bool> CrashRecovery = TextOption.Flag(
        "--crash-recovery", "With --faults: they go down by and by, a third each --crash-interval, then all come back, and so on");

    public readonly Option<string?> CrashInterval = TextOption.Create("--crash-interval", "SECONDS", "60", "Time between two steps of --crash-recovery");

    public readonly Option<string[]> Fault = new("--fault")
    {
        Description = "One fault, for example 'kill 1 at 10s for 5s' or 'partition 0,1|2,3 at 20s for 10s'; can be given several times",
        HelpName = "FAULT",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public readonly Option<bool> AllowQuorumLoss = TextOption.Flag("--allow-quorum-loss", "Take faults of more than f nodes at once: the network stands still meanwhile");

    public IEnumerable<Option> All => [Faults, CrashRecovery, CrashInterval, Fault, AllowQuorumLoss];

    /// <summary>The settings with the faults of the command line, checked against the committee and the length of the loads.</summary>
    /// <exception cref="UsageException">A fault cannot be understood or carried out.</exception>
    public BenchmarkSettings Apply(ParseResult arguments, BenchmarkSettings settings)
    {
        var timeline = (arguments.GetValue(Fault) ?? []).Select(FaultText.Parse).ToImmutableArray();
        var filled = settings with
        {
            Faults = Values.Whole(Faults.Name, arguments.Text(Faults), 0, settings.Committee, "a number of nodes"),
            CrashRecovery = arguments.GetValue(CrashRecovery),
            CrashInterval = Values.Seconds(CrashInterval.Name, arguments.Text(CrashInterval), 0.1, 86_400),
            FaultTimeline = timeline.IsEmpty ? settings.FaultTimeline : timeline,
            AllowQuorumLoss = arguments.GetValue(AllowQuorumLoss) || settings.AllowQuorumLoss,
        };
        if (filled.CrashRecovery && filled.Faults == 0) throw new UsageException("--crash-recovery needs to know how many nodes crash: add --faults N");
        if (!filled.CrashRecovery && arguments.IsGiven(CrashInterval)) throw new UsageException("--crash-interval goes with --crash-recovery");
        if (filled.CrashRecovery && filled.CrashInterval >= filled.Duration)
            throw new UsageException("--crash-interval is not shorter than the load, so that nothing would crash; give a longer --duration or a shorter --crash-interval");
        FaultSchedule.Check(filled.AllFaults, filled.Committee, filled.Duration, filled.AllowQuorumLoss);
        return filled;
    }
}
