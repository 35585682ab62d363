using System.Collections.Immutable;
using Mysticeti.Consensus;
using Mysticeti.Protocol.Trace;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Observation;

namespace Mysticeti.Engine.Simulation;

/// <summary>What came of one load.</summary>
/// <param name="Result">As of a benchmark.</param>
public sealed record SimulationOutcome(LoadResult Result, SimulationFacts Facts)
{
    /// <summary>Correct validators agree, and nothing took effect twice or came from nowhere.</summary>
    public bool Safe => Result.Safety.Safe;

    /// <summary>All that correct validators that never crash took in is committed, and all that are up went on after the faults.</summary>
    public bool Live => Facts.Unfinished == 0 && Facts.Stuck.IsEmpty;
}

/// <summary>
/// Simulates one load on a fresh network: the validators connect for <see cref="StartUp"/>, then warm-up, window, drain.
/// Single-threaded; two runs with equal arguments do the same, event for event.
/// </summary>
public sealed class LoadSimulation
{
    /// <summary>Virtual time that the network has to connect before the load begins.</summary>
    public static readonly TimeSpan StartUp = TimeSpan.FromSeconds(2);

    private const ulong RunIdPurpose = 1;
    private const ulong SchedulePurpose = 2;
    private const long SecondNs = 1_000_000_000;
    private const long DrainIntervalNs = 10_000_000;

    /// <summary>How long the drain goes on for transactions that only validators that crashed had taken in: most of them are gone.</summary>
    private const long LostWaitNs = 2 * SecondNs;

    /// <summary>Events between two looks at the cancellation token.</summary>
    private const int CancellationInterval = 4096;

    private readonly SimulationSettings _settings;
    private readonly int _number;
    private readonly int _load;
    private readonly int _repeat;
    private readonly VirtualTime _time = new();
    private readonly VirtualNetwork _network;
    private readonly LoadClock _clock;
    private readonly LoadRecord _record;
    private readonly SafetyAudit _audit;
    private readonly CommitLedger[] _ledgers;
    private readonly SimulatedValidator[] _validators;
    private readonly SimulatedValidator[] _correct;
    private readonly FaultTimeline _timeline;
    private int _next;

    /// <param name="settings">Checked already.</param>
    /// <param name="number">Number of the measurement within the run, from 1.</param>
    /// <param name="load">Transactions a second.</param>
    public LoadSimulation(SimulationSettings settings, int number, int load, int repeat = 1)
    {
        (_settings, _number, _load, _repeat) = (settings, number, load, repeat);
        _network = new VirtualNetwork(settings, _time);
        _clock = new LoadClock(_time);
        var schedule = Schedule.Create(settings.Arrival, load, settings.WarmUp, settings.Duration, SplitMix64.Derive(settings.Seed, SchedulePurpose, (ulong)number));
        var factory = new TransactionFactory(settings.TransactionType, settings.TransactionSize, settings.Seed, RunId(settings), (uint)number, schedule, _clock);

        // Clients send to validators that keep to the rules: nobody else's promises are the protocol's.
        int[] correct = [.. Enumerable.Range(0, settings.Committee).Except(settings.Faults.Byzantine)];
        _record = new LoadRecord(schedule, correct.Length);
        _audit = new SafetyAudit([.. correct.Select(index => SimulationTraces.NameOf(index))]);
        _ledgers = [.. correct.Select((index, position) => new CommitLedger(position, SimulationTraces.NameOf(index), factory, _record, _audit))];

        if (settings.TraceEntries > 0) Traces = [.. Enumerable.Range(0, settings.Committee).Select(_ => new TraceLog(settings.TraceEntries, _time))];
        var committee = Committee.OfEqualStake(settings.Committee);
        var keys = new KeyedHash(settings.Seed);
        var world = new SimulatedWorld(
            settings, _network, committee, keys, new BlockChecker(committee, settings.Consensus, keys), factory, _clock, Digest.Of(BitConverter.GetBytes(settings.Seed)));
        _validators = [.. Enumerable.Range(0, settings.Committee).Select(index => CreateValidator(world, index, Array.IndexOf(correct, index)))];
        _correct = [.. _validators.Where(validator => validator.IsCorrect)];
        _network.Validators = _validators;
        _timeline = new FaultTimeline(settings.Faults, _network, Ns(StartUp + settings.WarmUp));
    }

    /// <summary>What the validators trace, in virtual time; empty where the settings want no trace. May be read while it runs.</summary>
    public ImmutableArray<TraceLog> Traces { get; } = [];

    /// <summary>Names the run in each transaction.</summary>
    public static ulong RunId(SimulationSettings settings) => SplitMix64.Derive(settings.Seed, RunIdPurpose);

    /// <summary>Simulates. A cancelled token ends it early; the result then is over the time that it ran.</summary>
    /// <param name="progress">Told every virtual second how much virtual time has passed since the load began.</param>
    public SimulationOutcome Run(Action<TimeSpan>? progress = null, CancellationToken cancellationToken = default)
    {
        _network.Start();
        _timeline.Plan();
        Advance(Ns(StartUp), cancellationToken);
        _clock.Start();
        var schedule = _record.Schedule;
        for (var second = 1; !cancellationToken.IsCancellationRequested && _time.NowNs < Ns(StartUp) + schedule.WindowEndNs; second++)
        {
            Advance(Math.Min(Ns(StartUp) + (second * SecondNs), Ns(StartUp) + schedule.WindowEndNs), cancellationToken);
            progress?.Invoke(_time.Elapsed - StartUp);
        }

        var stoppedNs = _clock.NowNs;
        var due = _next;
        var drainNs = _time.NowNs;
        while (!cancellationToken.IsCancellationRequested && _time.NowNs < drainNs + Ns(_settings.DrainTimeout) && !IsSettled(drainNs))
            Advance(_time.NowNs + DrainIntervalNs, cancellationToken);

        var interrupted = cancellationToken.IsCancellationRequested;
        return new SimulationOutcome(Measure(due, stoppedNs) with { Interrupted = interrupted }, Tell(due));
    }

    private SimulatedValidator CreateValidator(SimulatedWorld world, int index, int position)
    {
        var trace = Traces.IsEmpty ? null : new NodeTrace(Traces[index], TransactionSampler.Default(_time), new LoadType(_settings.TransactionType));
        var committed = new CommittedTransactions(_record.Schedule.Count, _settings.Consensus, position < 0 ? null : _ledgers[position]);
        var adversary = position >= 0
            ? null
            : new Adversary(index, _settings.Faults.Equivocating.Contains(index), _settings.Faults.Withholding.Contains(index), _settings.Seed, world.Keys.SignerOf(index));
        return new SimulatedValidator(world, index, adversary, committed, trace);
    }

    /// <summary>Lets everything happen that is due before <paramref name="untilNs"/>.</summary>
    private void Advance(long untilNs, CancellationToken cancellationToken)
    {
        var countdown = CancellationInterval;
        while (true)
        {
            if (--countdown == 0)
            {
                if (cancellationToken.IsCancellationRequested) return;
                countdown = CancellationInterval;
            }

            var dueNs = _time.NowNs >= Ns(StartUp) && _next < _record.Schedule.Count ? Ns(StartUp) + _record.Schedule.TimeNs(_next) : long.MaxValue;
            if (Math.Min(dueNs, _network.NextNs) >= untilNs) break;
            if (dueNs <= _network.NextNs) Submit(dueNs);
            else _network.Step();
        }

        _time.NowNs = untilNs;
    }

    private void Submit(long dueNs)
    {
        _time.NowNs = dueNs;
        var sequence = _next++;
        var validator = _correct[_record.Targets.NodeOf(sequence)];
        _record.Sent(sequence, _clock.NowNs);
        _record.Answered(sequence, !validator.IsUp ? "connection refused" : validator.Submit(sequence) ? null : "mempool is full");
    }

    private bool IsSettled(long drainNs)
    {
        if (_time.NowNs <= _timeline.EndNs) return false;
        var isSettled = _record.IsSettled(_next, anyNode: false)
            || (_settings.Faults.Crashes.Length > 0 && _time.NowNs >= Math.Max(drainNs, _timeline.EndNs) + LostWaitNs && Unfinished(_next) == 0);
        return isSettled && FindStuck().Length == 0;
    }

    private LoadResult Measure(int due, long stoppedNs) => LoadMeasurement.Compute(
        new LoadEvidence
        {
            Record = _record,
            Clock = _clock,
            DueCount = due,
            WindowUnsent = 0,
            StoppedNs = stoppedNs,
            Digests = _audit.Conclude(),
            Tallies = [.. _ledgers.Select(ledger => ledger.Tally(connected: true, reconnects: 0, error: null))],
            // The instrument takes no virtual time, and real time has no place in a result that follows from the seed.
            Instrument = new InstrumentUse(0, 0, null, 0),
        },
        _number, _load, _repeat);

    private SimulationFacts Tell(int due)
    {
        var reference = Array.Find(_correct, validator => !MayCrash(validator.Index)) ?? _correct[0];
        return new SimulationFacts
        {
            Seed = _settings.Seed,
            VirtualSeconds = _time.NowNs / 1e9,
            Events = _network.Events + _next,
            Messages = _network.Links.Messages,
            Bytes = _network.Links.Bytes,
            Blocks = _validators.Sum(validator => validator.Tally.Proposed),
            Reference = reference.Index,
            Rounds = reference.Round,
            Commits = reference.Tally.CommitIndex,
            LeaderSlots = CoreTally.LeaderSlots([reference.Tally]),
            Notices = CoreTally.Notified(_correct.Select(validator => validator.Tally)),
            Snapshots = _correct.Sum(validator => validator.Tally.Snapshots),
            BlocksFetched = _correct.Sum(validator => validator.Tally.Fetched),
            LongestOneWayMs = LongestOneWay().TotalMilliseconds,
            Validators = [.. _validators.Select(Describe)],
            Unfinished = Unfinished(due),
            Stuck = [.. FindStuck()],
            Faults = _settings.Faults.Describe(),
        };
    }

    private ValidatorFacts Describe(SimulatedValidator validator) => new(
        validator.Index, _settings.RegionOf(validator.Index), RoleOf(validator.Index), validator.IsUp ? "up" : "down", validator.Round, validator.Tally.CommitIndex,
        validator.Tally.LastCommitNs == 0 ? null : Math.Round((validator.Tally.LastCommitNs - _timeline.ZeroNs) / 1e9, 6));

    private string RoleOf(int validator) => (_settings.Faults.Equivocating.Contains(validator), _settings.Faults.Withholding.Contains(validator)) switch
    {
        (true, true) => "equivocating, withholding",
        (true, false) => "equivocating",
        (false, true) => "withholding",
        _ => "correct",
    };

    private long Unfinished(int due)
    {
        long unfinished = 0;
        for (var sequence = 0; sequence < due; sequence++)
        {
            if (_record.CommitNs(sequence) == 0 && !_record.IsRejected(sequence) && !MayCrash(_correct[_record.Targets.NodeOf(sequence)].Index)) unfinished++;
        }

        return unfinished;
    }

    private int[] FindStuck() =>
        [.. _correct.Where(validator => validator.IsUp && validator.Tally.LastCommitNs <= _timeline.EndNs).Select(validator => validator.Index)];

    private bool MayCrash(int validator) => _settings.Faults.Crashes.Any(crash => crash.Validator == validator);

    private TimeSpan LongestOneWay() =>
        Enumerable.Range(0, _settings.Committee).Max(from => Enumerable.Range(0, _settings.Committee).Where(to => to != from).Max(to => _settings.OneWay(from, to)));

    private static long Ns(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
