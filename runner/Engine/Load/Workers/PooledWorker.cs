using System.Text;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>The runner's end of the link to one worker.</summary>
/// <param name="host">The worker.</param>
/// <param name="share">What it sends.</param>
/// <param name="record">Of the whole load.</param>
internal sealed class PooledWorker(IWorkerHost host, WorkerShare share, LoadRecord record)
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _offered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _following = Task.CompletedTask;

    public WorkerShare Share => share;

    /// <summary>How far its clock is ahead of ours.</summary>
    public ClockOffset Offset { get; private set; }

    /// <summary>Ends when its connections are open; with a <see cref="NetworkException"/> where the worker fails, as the next does.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Ends when it has sent what it could.</summary>
    public Task Offered => _offered.Task;

    /// <summary>What it said then; null before.</summary>
    public WorkerOffered? Result { get; private set; }

    /// <summary>Final once <see cref="FinishAsync"/> has returned.</summary>
    public long WindowUnsent { get; private set; }

    /// <summary>Compares the clocks and hands over the plan.</summary>
    /// <exception cref="NetworkException">The worker ended.</exception>
    public async Task PrepareAsync(WorkerPlan plan, LoadClock clock, int rounds, CancellationToken cancellationToken)
    {
        try
        {
            Offset = await ClockOffset.MeasureAsync(host.Link, clock, rounds, cancellationToken);
            await host.Link.WriteJsonAsync(WorkerMessage.Plan, plan, cancellationToken);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw await FailureAsync(error.Message);
        }

        _following = FollowAsync();
    }

    /// <summary>Says when the schedule begins, in the worker's own time.</summary>
    public Task StartAsync(LoadClock clock) => UnlessGoneAsync(host.Link.WriteJsonAsync(
        WorkerMessage.Start, new WorkerStart(clock.OriginNs + Offset.Ns, clock.StartedAt.UtcTicks), CancellationToken.None));

    /// <summary>Ends the load early.</summary>
    public Task StopAsync() => UnlessGoneAsync(host.Link.WriteAsync(WorkerMessage.Stop, ReadOnlyMemory<byte>.Empty, CancellationToken.None));

    /// <summary>Ends it; a worker that does not answer in time is killed.</summary>
    public async Task FinishAsync(CancellationToken late)
    {
        try
        {
            await host.Link.WriteAsync(WorkerMessage.Finish, ReadOnlyMemory<byte>.Empty, late);
            await _following.WaitAsync(late);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // It is gone, or hangs.
        }

        await host.DisposeAsync();
        await _following;
    }

    /// <summary>A worker that is gone shows where it is listened to.</summary>
    private static async Task UnlessGoneAsync(Task writing)
    {
        try
        {
            await writing;
        }
        catch (IOException)
        {
            // See the summary.
        }
    }

    private async Task FollowAsync()
    {
        var reason = "it closed its output";
        try
        {
            while (await host.Link.ReadAsync(CancellationToken.None) is { } message)
            {
                switch (message.Kind)
                {
                    case WorkerMessage.Connected:
                        _connected.TrySetResult();
                        break;
                    case WorkerMessage.Outcomes:
                        OutcomeCodec.Apply(message.Content, record, share.Has);
                        break;
                    case WorkerMessage.Offered:
                        Result = WorkerLink.Json<WorkerOffered>(message.Content);
                        _offered.TrySetResult();
                        break;
                    case WorkerMessage.Finished:
                        Take(WorkerLink.Json<WorkerFinished>(message.Content));
                        return;
                    case WorkerMessage.Failed:
                        throw new InvalidDataException(Encoding.UTF8.GetString(message.Content));
                    default:
                        throw new InvalidDataException($"it said {message.Kind}");
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ObjectDisposedException)
        {
            reason = error.Message;
        }

        var failure = await FailureAsync(reason);
        _connected.TrySetException(failure);
        _offered.TrySetException(failure);
    }

    private void Take(WorkerFinished finished)
    {
        WindowUnsent = finished.WindowUnsent;
        record.CountDuplicateAnswers(finished.DuplicateAnswers);
        foreach (var (reason, times) in finished.Reasons)
        {
            record.CountReason(reason, times);
        }
    }

    private async Task<NetworkException> FailureAsync(string reason) =>
        new($"load worker {share.Worker} ended before the load did: {await host.LastWordsAsync() ?? reason}");
}
