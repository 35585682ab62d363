using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Load;
using Mysticeti.Runner.Measurement;

namespace Mysticeti.Runner.Calibration;

/// <summary>What a generator is calibrated with.</summary>
/// <param name="Submission">Mode, connections and requests in flight.</param>
/// <param name="TransactionSize">Bytes.</param>
/// <param name="Duration">Of each of the measurements.</param>
internal sealed record CalibrationPlan(Submission Submission, int TransactionSize, TimeSpan Duration);

/// <summary>What one submission mode came to on this machine.</summary>
public sealed record Calibration
{
    public required SubmissionMode Mode { get; init; }

    public required int Connections { get; init; }

    /// <summary>Most requests without an answer on one connection.</summary>
    public required int InFlight { get; init; }

    public required int TransactionSize { get; init; }

    /// <summary>Transactions answered in a second while as many as possible are due.</summary>
    public required double Capacity { get; init; }

    /// <summary>Processor time of the generator for a transaction at <see cref="Capacity"/>, in microseconds.</summary>
    public required double CapacityCpuUs { get; init; }

    /// <summary>Transactions a second that were offered on schedule: half of <see cref="Capacity"/>.</summary>
    public required int PacedLoad { get; init; }

    /// <summary>Those that were sent.</summary>
    public required double PacedRate { get; init; }

    /// <summary>Generator lag at <see cref="PacedLoad"/>, in milliseconds; null when nothing was sent.</summary>
    public required double? LagP50Ms { get; init; }

    public required double? LagP99Ms { get; init; }

    public required double? LagMaxMs { get; init; }

    /// <summary>Processor time of the generator for a transaction at <see cref="PacedLoad"/>, in microseconds.</summary>
    public required double CpuUs { get; init; }

    /// <summary>The same of the null server.</summary>
    public required double ServerCpuUs { get; init; }
}

/// <summary>Drives a null server as a load drives a node: first with more than it can take, then on schedule with half of what it took.</summary>
internal sealed class CalibrationRun(CalibrationPlan plan, NullServerProcess server, TimeProvider time)
{
    /// <summary>More than any machine sends in one second; what is due and does not fit waits.</summary>
    private const int Flood = 3_000_000;

    private const ulong Seed = 1;
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(5);

    public async Task<Calibration> ExecuteAsync(CancellationToken cancellationToken)
    {
        Pass flood = await RunAsync(Flood, cancellationToken);
        int half = (int)Math.Clamp(flood.AnsweredRate / 2, 1, Flood);
        Pass paced = await RunAsync(half, cancellationToken);
        return new Calibration
        {
            Mode = plan.Submission.Mode,
            Connections = plan.Submission.ConnectionsToEach,
            InFlight = plan.Submission.InFlight,
            TransactionSize = plan.TransactionSize,
            Capacity = flood.AnsweredRate,
            CapacityCpuUs = flood.CpuUs,
            PacedLoad = half,
            PacedRate = paced.SentRate,
            LagP50Ms = paced.Lag.PercentileNs(50) / 1e6,
            LagP99Ms = paced.Lag.PercentileNs(99) / 1e6,
            LagMaxMs = paced.Lag.Count == 0 ? null : paced.Lag.MaxNs / 1e6,
            CpuUs = paced.CpuUs,
            ServerCpuUs = paced.ServerCpuUs,
        };
    }

    private async Task<Pass> RunAsync(int load, CancellationToken cancellationToken)
    {
        Schedule schedule = Schedule.Create(Arrival.Constant, load, _warmUp, plan.Duration, Seed);
        var clock = new LoadClock(time);
        var record = new LoadRecord(schedule, nodes: 1);
        var factory = new TransactionFactory(TransactionType.Opaque, plan.TransactionSize, Seed, runId: 1, loadNumber: 1, schedule, clock);
        await using var generator = new Generator([new NodeEndpoint(0, "null-server", server.Url)], plan.Submission, factory, record, clock);
        await generator.ConnectAsync(cancellationToken);
        clock.Start();
        Task offering = generator.RunAsync(cancellationToken);
        await UntilAsync(clock, schedule.WindowStartNs, offering);
        (long answered, long sent, long from) = (record.AnsweredCount, record.SentCount, clock.NowNs);
        (TimeSpan serverCpu, InstrumentMeter meter) = (server.Cpu, InstrumentMeter.Start());
        await UntilAsync(clock, schedule.WindowEndNs, offering);
        double seconds = (clock.NowNs - from) / 1e9;
        (answered, sent) = (record.AnsweredCount - answered, record.SentCount - sent);
        InstrumentUse use = meter.Stop();
        serverCpu = server.Cpu - serverCpu;
        await offering;
        cancellationToken.ThrowIfCancellationRequested();
        return new Pass(answered, answered / seconds, sent / seconds, LagOf(record), use.CpuSeconds, serverCpu.TotalSeconds);
    }

    private async Task UntilAsync(LoadClock clock, long ns, Task offering)
    {
        while (clock.NowNs < ns && !offering.IsCompleted)
        {
            await Task.Delay(_poll, time, CancellationToken.None);
        }
    }

    private static Histogram LagOf(LoadRecord record)
    {
        var lag = new Histogram();
        for (int i = record.Schedule.WarmUpCount; i < record.Schedule.Count; i++)
        {
            if (record.SentNs(i) is long sent and not 0)
            {
                lag.Record(sent - record.Schedule.TimeNs(i));
            }
        }

        return lag;
    }

    private sealed record Pass(long Answered, double AnsweredRate, double SentRate, Histogram Lag, double CpuSeconds, double ServerCpuSeconds)
    {
        public double CpuUs => CpuSeconds * 1e6 / Math.Max(1, Answered);

        public double ServerCpuUs => ServerCpuSeconds * 1e6 / Math.Max(1, Answered);
    }
}
