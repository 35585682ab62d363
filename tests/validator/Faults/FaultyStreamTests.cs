using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Protocol;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Tests.Links;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Faults;

public sealed class FaultyStreamTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly FaultControl _control;
    private readonly Pipe _toPeer = new();
    private readonly Pipe _fromPeer = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly FaultyStream _stream;

    public FaultyStreamTests()
    {
        _control = new FaultControl(_time, NullLogger.Instance);
        _stream = new FaultyStream(new Duplex(_fromPeer.Reader.AsStream(), _toPeer.Writer.AsStream()), peer: 2, _control, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _control.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Without_faults_bytes_pass_both_ways()
    {
        await _stream.WriteAsync("out"u8.ToArray(), _limit.Token);
        Assert.Equal("out", await SentAsync());
        await _fromPeer.Writer.WriteAsync("in"u8.ToArray(), _limit.Token);
        Assert.Equal("in", await ReadAsync());
    }

    [Fact]
    public async Task A_blocked_link_carries_nothing_until_the_fault_ends_and_then_everything()
    {
        Set("""{"expires_after_ms": 1000, "links": [{"peers": [2], "blocked": true}]}""");
        await _stream.WriteAsync("out"u8.ToArray(), _limit.Token);
        await _fromPeer.Writer.WriteAsync("in"u8.ToArray(), _limit.Token);
        var read = ReadAsync();
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(_toPeer.Reader.TryRead(out _));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("in", await read);
        Assert.Equal("out", await SentAsync());
    }

    [Fact]
    public async Task Other_peers_are_not_concerned()
    {
        Set("""{"expires_after_ms": 1000, "links": [{"peers": [1, 3], "blocked": true}]}""");
        await _stream.WriteAsync("out"u8.ToArray(), _limit.Token);
        Assert.Equal("out", await SentAsync());
    }

    [Fact]
    public async Task A_delay_holds_in_both_directions()
    {
        Set("""{"expires_after_ms": 1000, "links": [{"delay_ms": 40}]}""");
        await _stream.WriteAsync("out"u8.ToArray(), _limit.Token);
        await _fromPeer.Writer.WriteAsync("in"u8.ToArray(), _limit.Token);
        // The two directions, beside the timer that ends the fault.
        await Until.TrueAsync(() => _time.Waiting == 3);
        var read = ReadAsync();
        _time.Advance(TimeSpan.FromMilliseconds(39));
        Assert.False(_toPeer.Reader.TryRead(out _));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("in", await read);
        Assert.Equal("out", await SentAsync());
    }

    [Fact]
    public async Task The_end_of_the_connection_ends_a_read()
    {
        var read = ReadAsync();
        await _fromPeer.Writer.CompleteAsync();
        await Assert.ThrowsAsync<IOException>(() => read);
    }

    private void Set(string json) => _control.Set(FaultState.Parse(Encoding.UTF8.GetBytes(json)));

    private async Task<string> ReadAsync()
    {
        var buffer = new byte[100];
        return Encoding.UTF8.GetString(buffer, 0, await _stream.ReadAsync(buffer, _limit.Token));
    }

    private async Task<string> SentAsync()
    {
        var read = await _toPeer.Reader.ReadAsync(_limit.Token);
        var text = Encoding.UTF8.GetString(read.Buffer);
        _toPeer.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private sealed class Duplex(Stream reading, Stream writing) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reading.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writing.WriteAsync(buffer, cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
