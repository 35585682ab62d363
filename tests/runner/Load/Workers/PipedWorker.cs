using System.IO.Pipelines;
using Mysticeti.Engine.Load.Workers;

namespace Mysticeti.Runner.Tests.Load.Workers;

/// <summary>A real load worker in this process, behind pipes.</summary>
internal sealed class PipedWorker : IWorkerHost
{
    private readonly Pipe _there = new();
    private readonly Pipe _back = new();
    private readonly WorkerLink _end;
    private readonly Task _running;

    public PipedWorker(TimeProvider? time = null)
    {
        Link = new WorkerLink(_back.Reader.AsStream(), _there.Writer.AsStream());
        _end = new WorkerLink(_there.Reader.AsStream(), _back.Writer.AsStream());
        _running = RunAsync(new LoadWorker(_end, time ?? TimeProvider.System));
    }

    public WorkerLink Link { get; }

    public Task<string?> LastWordsAsync() => Task.FromResult<string?>(null);

    /// <summary>As when the process is killed: it says no more.</summary>
    public void Cut() => _back.Writer.Complete();

    public async ValueTask DisposeAsync()
    {
        await _there.Writer.CompleteAsync();
        await _running;
    }

    private async Task RunAsync(LoadWorker worker)
    {
        try
        {
            await worker.RunAsync(CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // It was cut.
        }

        worker.Dispose();
        await _back.Writer.CompleteAsync();
    }
}
