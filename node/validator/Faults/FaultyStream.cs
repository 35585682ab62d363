using System.IO.Pipelines;
using Mysticeti.Validator.Emulation;

namespace Mysticeti.Validator.Faults;

/// <summary>
/// A connection with the faults of its link, in both directions: delayed bytes arrive later, blocked ones wait, as those of a
/// partitioned TCP connection do, and nothing is lost or overtakes.
/// </summary>
internal sealed class FaultyStream : Stream
{
    /// <summary>Most bytes on their way in one direction; a full one holds back the sender.</summary>
    private const long MaxBytes = 2L * 1024 * 1024;

    private const int ReadBytes = 64 * 1024;

    private readonly Stream _inner;
    private readonly int _peer;
    private readonly FaultControl _control;
    private readonly DelayQueue _outgoing;
    private readonly DelayQueue _incoming;
    private readonly Pipe _arrived = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Stream _arrivedStream;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _carrying;

    public FaultyStream(Stream inner, int peer, FaultControl control, TimeProvider time)
    {
        (_inner, _peer, _control) = (inner, peer, control);
        // Directions differ in their seeds, or loss would strike them alike.
        _outgoing = new DelayQueue(new LinkSchedule(Conditions, 2 * peer), time, MaxBytes);
        _incoming = new DelayQueue(new LinkSchedule(Conditions, (2 * peer) + 1), time, MaxBytes);
        _arrivedStream = _arrived.Reader.AsStream();
        _carrying = CarryAsync();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _arrivedStream.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _outgoing.SendAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _carrying;
        _ending.Dispose();
        await base.DisposeAsync();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private LinkConditions Conditions() => _control.Current.Conditions(_peer);

    /// <summary>Until the connection ends, for whatever reason: then what is still on its way is dropped.</summary>
    private async Task CarryAsync()
    {
        Task[] directions = [_outgoing.RunAsync(SendAsync, _ending.Token), TakeInAsync(_ending.Token), _incoming.RunAsync(ArriveAsync, _ending.Token)];
        await Task.WhenAny(directions);
        await _ending.CancelAsync();
        await Task.WhenAll(directions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _arrived.Writer.CompleteAsync(new IOException("the connection has ended"));
    }

    private async Task TakeInAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[ReadBytes];
        while (await _inner.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            await _incoming.SendAsync(buffer.AsMemory(0, count), cancellationToken);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await PassAsync(cancellationToken);
        await _inner.WriteAsync(bytes, cancellationToken);
    }

    private async ValueTask ArriveAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await PassAsync(cancellationToken);
        await _arrived.Writer.WriteAsync(bytes, cancellationToken);
    }

    private async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = _control.NextChange;
            if (!_control.Current.Blocks(_peer)) return;
            await change.WaitAsync(cancellationToken);
        }
    }
}
