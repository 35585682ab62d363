using System.Buffers.Binary;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Flavors;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>
/// The worker's end of a link: sends its share of a load with a generator of its own, and tells what becomes of it. Commits are no business of its: the
/// runner observes them.
/// </summary>
internal sealed class LoadWorker(WorkerLink link, TimeProvider time) : IDisposable
{
    /// <summary>How often it tells what is new.</summary>
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The same when only answers are still to come, which others wait for.</summary>
    private static readonly TimeSpan LateInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long before the schedule's zero a sleep ends that the system may end late.</summary>
    private static readonly TimeSpan WakeUp = TimeSpan.FromMilliseconds(5);

    private readonly LoadClock _clock = new(time);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _finish = new();

    /// <summary>Does what the link says, until it says that the load is over, or closes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FollowAsync(cancellationToken);
        }
        catch (Exception error) when (error is UsageException or TopologyException or NetworkException or InvalidDataException)
        {
            await link.WriteAsync(WorkerMessage.Failed, System.Text.Encoding.UTF8.GetBytes(error.Message), cancellationToken);
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _finish.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        Share? share = null;
        var connecting = Task.CompletedTask;
        var offering = Task.CompletedTask;
        try
        {
            while (await link.ReadAsync(cancellationToken) is { } message)
            {
                switch (message.Kind)
                {
                    case WorkerMessage.Ping:
                        var now = new byte[sizeof(long)];
                        BinaryPrimitives.WriteInt64LittleEndian(now, _clock.MonotonicNs);
                        await link.WriteAsync(WorkerMessage.Pong, now, cancellationToken);
                        break;
                    case WorkerMessage.Plan:
                        share = Share.Of(WorkerLink.Json<WorkerPlan>(message.Content), _clock);
                        connecting = ConnectAsync(share, cancellationToken);
                        break;
                    case WorkerMessage.Start when share is not null:
                        offering = OfferAsync(share, WorkerLink.Json<WorkerStart>(message.Content), cancellationToken);
                        break;
                    case WorkerMessage.Stop:
                        await _stop.CancelAsync();
                        break;
                    case WorkerMessage.Finish when share is not null:
                        await FinishAsync(share, offering, cancellationToken);
                        return;
                    default:
                        throw new InvalidDataException($"a worker cannot do anything with {message.Kind} now");
                }
            }
        }
        finally
        {
            await _stop.CancelAsync();
            await _finish.CancelAsync();
            await (share?.Generator.DisposeAsync() ?? ValueTask.CompletedTask);
            await Task.WhenAll(connecting, offering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConnectAsync(Share share, CancellationToken cancellationToken)
    {
        await share.Generator.ConnectAsync(cancellationToken);
        await link.WriteAsync(WorkerMessage.Connected, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    private async Task OfferAsync(Share share, WorkerStart start, CancellationToken cancellationToken)
    {
        _clock.StartAt(start.OriginNs, new DateTimeOffset(start.StartedAtTicks, TimeSpan.Zero));
        var early = TimeSpan.FromTicks((start.OriginNs - _clock.MonotonicNs) / 100) - WakeUp;
        if (early > TimeSpan.Zero) await Task.Delay(early, time, cancellationToken);

        Pacer.Sleep(start.OriginNs - _clock.MonotonicNs);
        var meter = InstrumentMeter.Start();
        var inWindow = false;
        var generating = share.Generator.RunAsync(_stop.Token);
        while (!generating.IsCompleted)
        {
            await Task.WhenAny(generating, Task.Delay(ReportInterval, time, CancellationToken.None));
            if (!inWindow && _clock.NowNs >= share.Record.Schedule.WindowStartNs) (inWindow, meter) = (true, InstrumentMeter.Start());

            await ReportAsync(share, cancellationToken);
        }

        await generating;
        var use = meter.Stop();
        await ReportAsync(share, cancellationToken);
        await link.WriteJsonAsync(WorkerMessage.Offered, new WorkerOffered(share.Generator.DueCount, share.Generator.EndedNs, use), cancellationToken);
        while (!_finish.IsCancellationRequested)
        {
            await Task.Delay(LateInterval, time, _finish.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ReportAsync(share, cancellationToken);
        }
    }

    private async Task FinishAsync(Share share, Task offering, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _finish.CancelAsync();
        await offering;
        await share.Generator.DisposeAsync();
        await ReportAsync(share, cancellationToken);
        var finished = new WorkerFinished(share.Generator.WindowUnsent, share.Record.DuplicateAnswers, share.Record.RejectionReasons);
        await link.WriteJsonAsync(WorkerMessage.Finished, finished, cancellationToken);
    }

    private async Task ReportAsync(Share share, CancellationToken cancellationToken)
    {
        var news = share.Report.Collect(share.Generator.DueCount);
        if (!news.IsEmpty) await link.WriteAsync(WorkerMessage.Outcomes, news, cancellationToken);
    }

    /// <summary>What a plan becomes.</summary>
    private sealed record Share(LoadRecord Record, Generator Generator, OutcomeReport Report)
    {
        public static Share Of(WorkerPlan message, LoadClock clock)
        {
            var plan = message.Whole();
            var outputs = NetworkOutputs.Parse(message.Outputs, "the plan of a load worker");
            var flavor = Flavor.Of(outputs.Flavor);
            var schedule = plan.CreateSchedule();
            var targets = plan.Targets.For(outputs.Nodes, plan.Load, message.Down);
            var share = new WorkerShare(targets.Group, message.Worker, plan.Submission.Workers);
            var record = new LoadRecord(schedule, targets.Of(share));
            var factory = plan.CreateFactory(flavor, message.RunId, schedule, clock);
            var generator = LoadSources.CreateGenerator(plan, outputs, factory, record, clock);
            return new Share(record, generator, new OutcomeReport(record, share, endsWithAcceptance: !flavor.ObservesCommits));
        }
    }
}
