using System.Collections.Immutable;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Engine.Simulation;

/// <summary>What a simulation does; with the program's version it determines every byte of the output.</summary>
public sealed record SimulationSettings
{
    /// <summary>Largest committee.</summary>
    public const int MostValidators = 500;

    /// <summary>Number of validators.</summary>
    public int Committee { get; init; } = 10;

    /// <summary>Offered loads in transactions a second; one simulation each, in this order.</summary>
    public ImmutableArray<int> Loads { get; init; } = [1_000];

    /// <summary>Length of the measured window in virtual time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Load before the window that is offered but not counted.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait, after the last transaction was sent, for commits that are still to come.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a transaction, header included.</summary>
    public int TransactionSize { get; init; } = 512;

    public TransactionType TransactionType { get; init; } = TransactionType.Opaque;

    public Arrival Arrival { get; init; } = Arrival.Constant;

    public ConsensusParameters Consensus { get; init; } = new();

    public CoreOptions Core { get; init; } = new();

    /// <summary>Regions of <see cref="LatencyMatrix.Aws"/>; validator i is in the one at i mod their number. Empty: all are <see cref="Latency"/> apart.</summary>
    public ImmutableArray<string> Regions { get; init; } =
    [
        "us-east-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1",
        "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "sa-east-1", "ap-south-1",
    ];

    /// <summary>One-way time between any two validators where there are no regions.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>Mean of the exponential time that is added to each message's one-way time; single ones are cut at ten times that.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Probability from 0 to 0.5 that a message is lost and sent again after a round trip (10 ms at least); it holds up all behind it.</summary>
    public double Loss { get; init; }

    /// <summary>Bandwidth of each direction between two validators, bits a second; 0: unlimited.</summary>
    public long LinkBitsPerSecond { get; init; } = 1_000_000_000;

    /// <summary>Bandwidth of everything that one validator sends, bits a second; 0: unlimited.</summary>
    public long UplinkBitsPerSecond { get; init; } = 10_000_000_000;

    /// <summary>Processor time for a block, received or proposed.</summary>
    public TimeSpan BlockServiceTime { get; init; } = TimeSpan.FromMicroseconds(20);

    /// <summary>Processor time for each transaction in a block.</summary>
    public TimeSpan TransactionServiceTime { get; init; } = TimeSpan.FromMicroseconds(1);

    /// <summary>Most transactions that wait for a block at one validator.</summary>
    public int MempoolTransactions { get; init; } = 100_000;

    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Entries of each validator's trace that are retained, the newest; 0: nothing is traced.</summary>
    public int TraceEntries { get; init; }

    /// <summary>Bounds that decide the exit code.</summary>
    public ImmutableArray<Threshold> Thresholds { get; init; } = [];

    /// <summary>Source of all randomness.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most validators that may be faulty at once without harm: floor((n-1)/3).</summary>
    public int MostFaulty => (Committee - 1) / 3;

    /// <summary>The region of a validator; "uniform" where there are none.</summary>
    public string RegionOf(int validator) => Regions.IsEmpty ? "uniform" : Regions[validator % Regions.Length];

    /// <summary>One-way time between two validators, without jitter.</summary>
    public TimeSpan OneWay(int from, int to) => Regions.IsEmpty ? Latency : LatencyMatrix.Aws.OneWay(RegionOf(from), RegionOf(to));

    /// <summary>Checks every range.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public SimulationSettings Validated()
    {
        Require(Committee is >= 4 and <= MostValidators, $"--committee {Committee} must be from 4 to {MostValidators}");
        Require(!Loads.IsDefaultOrEmpty && Loads.All(load => load >= 1), "--loads must be whole numbers of at least 1 transaction a second");
        Require(Duration > TimeSpan.Zero, "--duration must be above 0 seconds");
        Require(WarmUp >= TimeSpan.Zero && DrainTimeout >= TimeSpan.Zero, "--warm-up and the drain must not be negative");
        Require(Latency >= TimeSpan.Zero && Jitter >= TimeSpan.Zero, "--latency-ms and --jitter-ms must not be negative");
        Require(Loss is >= 0 and <= 0.5, "--loss must be from 0 to 0.5");
        Require(LinkBitsPerSecond >= 0 && UplinkBitsPerSecond >= 0, "bandwidths must not be negative");
        Require(BlockServiceTime >= TimeSpan.Zero && TransactionServiceTime >= TimeSpan.Zero, "service times must not be negative");
        Require(TransactionSize <= Consensus.MaxTransactionBytes, $"--transaction-size {TransactionSize} is above the {Consensus.MaxTransactionBytes} bytes that a block takes");
        foreach (var region in Regions)
            Require(LatencyMatrix.Aws.Contains(region), $"region '{region}' is not known; the known ones are {string.Join(", ", LatencyMatrix.Aws.Regions)}");
        TransactionFactory.CheckSize(TransactionType, TransactionSize);
        foreach (var load in Loads) Schedule.CheckSize(load, WarmUp, Duration);
        CheckFaults();
        try
        {
            Consensus.Validated(Committee);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message);
        }

        return this;
    }

    private void CheckFaults()
    {
        IEnumerable<int> named =
        [
            .. Faults.Byzantine, .. Faults.Crashes.Select(crash => crash.Validator),
            .. Faults.Partitions.SelectMany(cut => cut.Members), .. Faults.SlowLinks.SelectMany(slow => slow.Members),
        ];
        foreach (var validator in named)
            Require((uint)validator < (uint)Committee, $"validator {validator} is not in a committee of {Committee}: they are numbered from 0 to {Committee - 1}");
        Require(!Faults.Crashes.Any(crash => Faults.Byzantine.Contains(crash.Validator)), "a validator can crash or break the rules, not both");
        Require(Faults.Byzantine.Count() < Committee, "at least one validator must keep to the rules");
        Require(Faults.Crashes.All(crash => crash.At >= TimeSpan.Zero && !(crash.RecoverAt <= crash.At)), "a crash must begin at 0 or later and end after it began");
        Require(Faults.Partitions.All(cut => cut.From >= TimeSpan.Zero && cut.Until > cut.From), "a partition must begin at 0 or later and end after it began");
        Require(Faults.SlowLinks.All(slow => slow.From >= TimeSpan.Zero && slow.Until > slow.From && slow.Extra >= TimeSpan.Zero),
            "slow links must begin at 0 or later, end after that, and take longer, not shorter");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds) throw new UsageException(message);
    }
}
