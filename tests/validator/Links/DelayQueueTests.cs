using System.IO.Pipelines;
using Mysticeti.Validator.Emulation;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Links;

public sealed class DelayQueueTests : IAsyncDisposable
{
    private static readonly LinkConditions Path = new(TimeSpan.FromMilliseconds(40), TimeSpan.Zero, 0, 0);

    private readonly ManualTime _time = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly CancellationTokenSource _ending = new(TimeSpan.FromSeconds(30));
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    [Fact]
    public async Task What_is_sent_comes_out_in_order_and_not_before_its_time()
    {
        var queue = Start();
        await queue.SendAsync(new byte[] { 1, 2 }, _ending.Token);
        // Time that went on between the reckoning of a delay and its start would be waited for on top of it.
        await Until.TrueAsync(() => _time.Waiting == 1);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await queue.SendAsync(new byte[] { 3 }, _ending.Token);
        _time.Advance(TimeSpan.FromMilliseconds(29));
        Assert.False(_pipe.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([1, 2], await ReadAsync());
        await Until.TrueAsync(() => _time.Waiting == 1);
        Assert.False(_pipe.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal([3], await ReadAsync());
    }

    [Fact]
    public async Task The_sender_may_reuse_its_buffer_at_once()
    {
        var queue = Start();
        var buffer = new byte[] { 7 };
        await queue.SendAsync(buffer, _ending.Token);
        buffer[0] = 8;
        await Until.TrueAsync(() => _time.Waiting == 1);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal([7], await ReadAsync());
    }

    [Fact]
    public async Task A_full_queue_makes_the_sender_wait_until_something_went_out()
    {
        var queue = Start();
        var chunk = new byte[1024 * 1024];
        for (var i = 0; i < 17; i++) await queue.SendAsync(chunk, _ending.Token);
        var more = queue.SendAsync(chunk, _ending.Token).AsTask();
        Assert.False(more.IsCompleted);
        await Until.TrueAsync(() => _time.Waiting == 1);
        _time.Advance(TimeSpan.FromMilliseconds(40));
        await more.WaitAsync(_ending.Token);
    }

    private DelayQueue Start()
    {
        var queue = new DelayQueue(new LinkSchedule(Path, 1), _time);
        _running = queue.RunAsync(_pipe.Writer.AsStream(), _ending.Token);
        return queue;
    }

    private async Task<byte[]> ReadAsync()
    {
        var read = await _pipe.Reader.ReadAsync(_ending.Token);
        var bytes = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
        _pipe.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }
}
