using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Workers;
using Mysticeti.Engine.Measurement;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Calibration;

/// <summary>What a generator is calibrated with.</summary>
/// <param name="Submission">Mode, connections, requests in flight, workers.</param>
/// <param name="TransactionSize">Bytes.</param>
/// <param name="Duration">Of each of the measurements.</param>
internal sealed record CalibrationPlan(SubmissionSettings Submission, int TransactionSize, TimeSpan Duration);

/// <summary>What one submission mode came to on this machine.</summary>
public sealed record Calibration
{
    public required SubmissionMode Mode { get; init; }

    /// <summary>Of each generator to each null server.</summary>
    public required int Connections { get; init; }

    /// <summary>Processes that sent together, and null servers that they sent to.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Most requests without an answer on one connection.</summary>
    public required int InFlight { get; init; }

    public required int TransactionSize { get; init; }

    /// <summary>Transactions sent in a second, and answered, while more are due than can be sent.</summary>
    public required double Capacity { get; init; }

    /// <summary>Processor time of the generator for a transaction at <see cref="Capacity"/>, in microseconds.</summary>
    public required double CapacityCpuUs { get; init; }

    /// <summary>Transactions a second that were offered on schedule: half of <see cref="Capacity"/>.</summary>
    public required int PacedLoad { get; init; }

    /// <summary>Those that were sent in a second, and answered.</summary>
    public required double PacedRate { get; init; }

    /// <summary>Generator lag at <see cref="PacedLoad"/>, in milliseconds; null when nothing was sent.</summary>
    public required double? LagP50Ms { get; init; }

    public required double? LagP99Ms { get; init; }

    public required double? LagMaxMs { get; init; }

    /// <summary>Processor time of the generator for a transaction at <see cref="PacedLoad"/>, in microseconds.</summary>
    public required double CpuUs { get; init; }

    /// <summary>The same of the null servers.</summary>
    public required double ServerCpuUs { get; init; }

    /// <summary>At <see cref="PacedLoad"/>, time that the garbage collector stopped the generator.</summary>
    public double GcPauseMs { get; init; }

    /// <summary>At <see cref="PacedLoad"/>, time that the generator was ready to run and others had the processors; null where it is not known.</summary>
    public double? WaitMs { get; init; }

    /// <summary>The same of the null servers.</summary>
    public double? ServerWaitMs { get; init; }
}

/// <summary>Drives null servers as a load drives nodes: first with more than they can take, then on schedule with half of what they took.</summary>
internal sealed class CalibrationRun(CalibrationPlan plan, IReadOnlyList<NullServerProcess> servers, TimeProvider time)
{
    /// <summary>More than any machine sends in one second; what is due and does not fit waits.</summary>
    private const int Flood = 3_000_000;

    /// <summary>How much more is due than can be sent, once it is known what that is: a flood of the whole duration would fill the memory.</summary>
    private const double Excess = 1.5;

    private const ulong Seed = 1;
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    private readonly NetworkOutputs _network = new()
    {
        Name = "null",
        Type = "local",
        Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. servers.Select((server, i) => new NodeOutput { Index = i, Name = $"null-server{i}", Host = server.Url.Host, RpcUrl = server.Url })],
    };

    public async Task<Calibration> ExecuteAsync(CancellationToken cancellationToken)
    {
        var probe = await RunAsync(Flood, Probe, cancellationToken);
        var flood = await RunAsync(Within(probe.Rate * Excess), plan.Duration, cancellationToken);
        var half = Within(flood.Rate / 2);
        var paced = await RunAsync(half, plan.Duration, cancellationToken);
        return new Calibration
        {
            Mode = plan.Submission.Mode,
            Connections = plan.Submission.ConnectionsToEach,
            Workers = plan.Submission.Workers,
            InFlight = plan.Submission.InFlight,
            TransactionSize = plan.TransactionSize,
            Capacity = flood.Rate,
            CapacityCpuUs = flood.CpuUs,
            PacedLoad = half,
            PacedRate = paced.Rate,
            LagP50Ms = paced.Lag.PercentileNs(50) / 1e6,
            LagP99Ms = paced.Lag.PercentileNs(99) / 1e6,
            LagMaxMs = paced.Lag.Count == 0 ? null : paced.Lag.MaxNs / 1e6,
            CpuUs = paced.CpuUs,
            ServerCpuUs = paced.ServerCpuUs,
            GcPauseMs = paced.Costs.Generator.GcPauseMs,
            WaitMs = paced.Costs.Generator.ProcessorWaitMs,
            ServerWaitMs = paced.Costs.ServerWait?.TotalMilliseconds,
        };
    }

    private static int Within(double load) => (int)Math.Clamp(load, 1, Flood);

    private async Task<Pass> RunAsync(int load, TimeSpan duration, CancellationToken cancellationToken)
    {
        var loadPlan = new LoadPlan
        {
            Number = 1,
            Load = load,
            WarmUp = WarmUp,
            Duration = duration,
            DrainTimeout = TimeSpan.Zero,
            Arrival = Arrival.Constant,
            TransactionSize = plan.TransactionSize,
            TransactionType = TransactionType.Opaque,
            Submission = plan.Submission,
            Seed = Seed,
        };
        var schedule = loadPlan.CreateSchedule();
        var clock = new LoadClock(time);
        var record = new LoadRecord(schedule, loadPlan.Targets.For(_network.Nodes, load, down: []));
        var factory = loadPlan.CreateFactory(Flavor.Of(_network.Flavor), runId: 1, schedule, clock);
        var generator = loadPlan.CreateSource(_network, factory, record, clock, time);
        try
        {
            await generator.PrepareAsync(cancellationToken);
            await generator.ConnectAsync(cancellationToken);
            InstrumentMeter.Settle();
            clock.Start(generator.Lead);
            var costs = await MeasureAsync(generator, schedule, clock, cancellationToken);
            await generator.DisposeAsync();
            return Pass.Of(record, duration, costs with { Generator = generator.UseElsewhere.Aggregate(costs.Generator, (all, one) => all.With(one)) });
        }
        finally
        {
            await generator.DisposeAsync();
        }
    }

    private async Task<Costs> MeasureAsync(ILoadSource generator, Schedule schedule, LoadClock clock, CancellationToken cancellationToken)
    {
        var offering = generator.RunAsync(cancellationToken);
        await UntilAsync(clock, schedule.WindowStartNs, offering);
        var (cpu, wait, meter) = (ServerCpu(), ServerWait(), InstrumentMeter.Start());
        await UntilAsync(clock, schedule.WindowEndNs, offering);
        var costs = new Costs(meter.Stop(), ServerCpu() - cpu, ServerWait() - wait);
        await offering;
        cancellationToken.ThrowIfCancellationRequested();
        return costs;
    }

    private TimeSpan ServerCpu() => servers.Aggregate(TimeSpan.Zero, (all, server) => all + server.Cpu);

    private TimeSpan? ServerWait() => servers.Aggregate((TimeSpan?)TimeSpan.Zero, (all, server) => all + ProcessorWait.Of(server.ProcessId));

    private async Task UntilAsync(LoadClock clock, long ns, Task offering)
    {
        while (clock.NowNs < ns && !offering.IsCompleted) await Task.Delay(Poll, time, CancellationToken.None);
    }

    /// <summary>What a window cost.</summary>
    private sealed record Costs(InstrumentUse Generator, TimeSpan ServerCpu, TimeSpan? ServerWait);

    /// <param name="Sent">Transactions that were sent in the window, and answered.</param>
    /// <param name="Rate">The same in a second.</param>
    /// <param name="Lag">Of those that were due in the window.</param>
    private sealed record Pass(long Sent, double Rate, Histogram Lag, Costs Costs)
    {
        public double CpuUs => Costs.Generator.CpuSeconds * 1e6 / Math.Max(1, Sent);

        public double ServerCpuUs => Costs.ServerCpu.TotalMicroseconds / Math.Max(1, Sent);

        public static Pass Of(LoadRecord record, TimeSpan duration, Costs costs)
        {
            var schedule = record.Schedule;
            var lag = new Histogram();
            long count = 0;
            for (var i = 0; i < schedule.Count; i++)
            {
                var sent = record.SentNs(i);
                count += sent >= schedule.WindowStartNs && sent < schedule.WindowEndNs && record.IsAnswered(i) ? 1 : 0;
                if (sent != 0 && i >= schedule.WarmUpCount) lag.Record(sent - schedule.TimeNs(i));
            }

            return new Pass(count, count / duration.TotalSeconds, lag, costs);
        }
    }
}
