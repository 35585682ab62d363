using System.Threading.Channels;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Validator.Emulation;
using Mysticeti.Validator.Faults;
using Mysticeti.Validator.Threading;

namespace Mysticeti.Validator.Links;

/// <summary>What links report to the validator. Implementations apply back-pressure by completing late.</summary>
internal interface ILinkEvents
{
    /// <summary>A block that passed all checks.</summary>
    ValueTask BlockReceivedAsync(Block block, int peer, BlockOrigin origin, CancellationToken cancellationToken);

    /// <summary>A peer misses blocks; answer with <see cref="PeerLink.SendBlocks"/>.</summary>
    ValueTask FetchAskedAsync(BlockRef[] references, int peer, CancellationToken cancellationToken);

    /// <summary>A block that failed a check; null where it could not even be decoded. The connection ends.</summary>
    void BlockRejected(Block? block, int peer, string reason);

    ValueTask PeerUpAsync(int peer, CancellationToken cancellationToken);

    ValueTask PeerDownAsync(int peer, CancellationToken cancellationToken);

    /// <summary>The round from which this validator needs the blocks of <paramref name="peer"/>.</summary>
    long NextRoundOf(int peer);

    /// <summary>Own blocks at or below this round are gone.</summary>
    long DroppedRound { get; }

    /// <summary>The checkpoints that this validator can send.</summary>
    CheckpointShelf Checkpoints { get; }

    /// <summary>A peer does not have the blocks any more that this validator asked for.</summary>
    ValueTask GoneAsync(int peer, IReadOnlyList<CheckpointOffer> offers, CancellationToken cancellationToken);

    ValueTask CheckpointPartAsync(int peer, CheckpointPart part, CancellationToken cancellationToken);
}

/// <summary>Everything about the link to one other authority, over all its connections.</summary>
internal sealed class PeerLink(
    int peer, OwnBlocks ownBlocks, BlockChecker checker, ILinkEvents events, int maxFrameBytes, int maxFetchReferences,
    LinkMetrics metrics, TimeProvider time, ILogger log, FaultInjection? faults)
{
    private const int WriteBatchBytes = 128 * 1024;
    private const int MaxQueuedFrames = 4_096;

    private readonly AsyncSignal _toWrite = new();
    private readonly Channel<Frame> _control = Channel.CreateBounded<Frame>(MaxQueuedFrames);
    private Connection? _current;
    private long _pushFromRound = long.MaxValue;
    private long _lastHeard;
    private bool _connected;

    public int Peer => peer;

    /// <summary>Whether something was heard of the peer within the silence limit.</summary>
    public bool Connected => Volatile.Read(ref _connected);

    /// <summary>What opens an emulated path for a new connection; null where bytes are sent at once.</summary>
    public Func<DelayQueue>? Emulation { get; set; }

    public LinkStatistics Statistics { get; } = new();

    /// <summary>Wakes the writer: there are new own blocks.</summary>
    public void Wake() => _toWrite.Set();

    /// <summary>Asks the peer for blocks. A full queue drops the request: the time-out asks again, or somebody else.</summary>
    public void Fetch(IReadOnlyList<BlockRef> references) => Send(Frame.OfReferences(references));

    /// <summary>Answers a request for missing blocks.</summary>
    public void SendBlocks(IEnumerable<Block> blocks)
    {
        foreach (var block in blocks) Send(new Frame(FrameKind.FetchedBlock, block.Encoded));
    }

    /// <summary>Asks for the peer's blocks anew, from where this validator needs them now.</summary>
    public void Subscribe() => Send(Frame.OfNumber(FrameKind.Subscribe, events.NextRoundOf(peer)));

    /// <summary>Says that blocks the peer asked for are gone, and from where it can go on instead.</summary>
    public void OfferCheckpoints() => Send(CheckpointOffer.ToFrame(events.Checkpoints.Offers));

    public void AskForCheckpoint(long index) => Send(Frame.OfNumber(FrameKind.CheckpointAsk, index));

    public void Ping() => Send(Frame.OfNumber(FrameKind.Ping, time.GetTimestamp()));

    /// <summary>How long nothing was heard of the peer.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _lastHeard));

    /// <summary>Serves one connection until it ends. A newer connection of the same peer ends the older one.</summary>
    public async Task RunAsync(Stream stream, bool outbound, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connection = new Connection(ended, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var previous = Interlocked.Exchange(ref _current, connection);
        try
        {
            if (previous is not null) await previous.EndAsync();
            await using var faulty = faults?.Through(stream, peer);
            await ServeAsync(faulty ?? stream, outbound, ended);
        }
        finally
        {
            connection.Ended.SetResult();
        }
    }

    /// <summary>Ends the connection, if there is one.</summary>
    public Task CloseAsync() => Volatile.Read(ref _current)?.EndAsync() ?? Task.CompletedTask;

    /// <summary>Marks the peer as not connected, though the connection may still stand.</summary>
    public async Task SetConnectedAsync(bool connected, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _connected, connected) == connected) return;
        log.LogInformation("peer {Peer} is {State}", peer, connected ? "connected" : "not connected");
        await (connected ? events.PeerUpAsync(peer, cancellationToken) : events.PeerDownAsync(peer, cancellationToken));
    }

    private async Task ServeAsync(Stream stream, bool outbound, CancellationTokenSource ended)
    {
        var token = ended.Token;
        Volatile.Write(ref _pushFromRound, long.MaxValue);
        while (_control.Reader.TryRead(out _))
        {
            // What was meant for the connection before is of no use to this one.
        }

        Volatile.Write(ref _lastHeard, time.GetTimestamp());
        Statistics.Connected(outbound, time.GetUtcNow());
        Subscribe();
        var delayed = Emulation?.Invoke();
        var writing = Task.WhenAll(WriteAsync(stream, delayed, token), delayed?.RunAsync(stream, token) ?? Task.CompletedTask);
        try
        {
            await ReadAsync(stream, token);
        }
        finally
        {
            await ended.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await SetConnectedAsync(false, CancellationToken.None);
        }
    }

    private void Send(Frame frame)
    {
        if (_control.Writer.TryWrite(frame)) _toWrite.Set();
        else metrics.FramesDropped.Increment();
    }

    private async Task WriteAsync(Stream stream, DelayQueue? delayed, CancellationToken cancellationToken)
    {
        var buffer = new byte[WriteBatchBytes];
        var used = 0;
        while (true)
        {
            while (TryNextFrame(out var frame))
            {
                if (frame.Size > buffer.Length - used && used > 0) await FlushAsync();

                if (frame.Size > buffer.Length) buffer = new byte[frame.Size];
                frame.Write(buffer.AsSpan(used));
                used += frame.Size;
            }

            if (used > 0) await FlushAsync();
            else await _toWrite.WaitAsync(cancellationToken);
        }

        async Task FlushAsync()
        {
            await (delayed?.SendAsync(buffer.AsMemory(0, used), cancellationToken) ?? stream.WriteAsync(buffer.AsMemory(0, used), cancellationToken));
            Statistics.AddSent(used);
            metrics.BytesSent.Add(used);
            used = 0;
            if (buffer.Length > WriteBatchBytes) buffer = new byte[WriteBatchBytes];
        }
    }

    private bool TryNextFrame(out Frame frame)
    {
        if (_control.Reader.TryRead(out frame)) return true;
        var from = Volatile.Read(ref _pushFromRound);
        if (from == long.MaxValue || ownBlocks.FirstFrom(from) is not { } block) return false;
        if (faults is not null)
        {
            if (faults.Shown(block, peer) is not { } shown) return false;
            block = shown;
        }

        // A new subscription may have come in meanwhile: it wins.
        Interlocked.CompareExchange(ref _pushFromRound, block.Round + 1, from);
        frame = new Frame(FrameKind.OwnBlock, block.Encoded);
        return true;
    }

    private async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reader = new FrameReader(stream, maxFrameBytes);
        while (await reader.ReadAsync(cancellationToken) is { } frame)
        {
            Volatile.Write(ref _lastHeard, time.GetTimestamp());
            Statistics.AddReceived(frame.Size);
            metrics.BytesReceived.Add(frame.Size);
            if (!Connected) await SetConnectedAsync(true, cancellationToken);
            await HandleAsync(frame, cancellationToken);
        }
    }

    private async ValueTask HandleAsync(Frame frame, CancellationToken cancellationToken)
    {
        switch (frame.Kind)
        {
            case FrameKind.Subscribe:
                var from = Math.Max(1, frame.ReadNumber());
                if (from <= events.DroppedRound) OfferCheckpoints();
                Volatile.Write(ref _pushFromRound, from);
                _toWrite.Set();
                break;
            case FrameKind.Gone:
                await events.GoneAsync(peer, CheckpointOffer.Read(frame), cancellationToken);
                break;
            case FrameKind.CheckpointAsk:
                foreach (var part in events.Checkpoints.PartsOf(frame.ReadNumber())) Send(part);
                break;
            case FrameKind.CheckpointPart:
                await events.CheckpointPartAsync(peer, CheckpointPart.Read(frame), cancellationToken);
                break;
            case FrameKind.OwnBlock:
                var own = Checked(frame);
                if (own.Author != peer) throw new ProtocolException($"block of authority {own.Author} in the stream of authority {peer}");
                Statistics.AddBlock();
                await events.BlockReceivedAsync(own, peer, BlockOrigin.Stream, cancellationToken);
                break;
            case FrameKind.Fetch:
                await events.FetchAskedAsync(frame.ReadReferences(maxFetchReferences), peer, cancellationToken);
                break;
            case FrameKind.FetchedBlock:
                await events.BlockReceivedAsync(Checked(frame), peer, BlockOrigin.Fetched, cancellationToken);
                break;
            case FrameKind.Ping:
                Send(frame with { Kind = FrameKind.Pong });
                break;
            case FrameKind.Pong:
                var roundTrip = time.GetElapsedTime(frame.ReadNumber());
                Statistics.RoundTrip = roundTrip;
                metrics.RoundTrip(peer, roundTrip);
                break;
            default:
                throw new ProtocolException($"unknown frame kind {(byte)frame.Kind}");
        }
    }

    /// <summary>
    /// Checked here, on the link's own task, so that signatures are verified in parallel and only valid blocks reach the core.
    /// Their transactions are hashed here too: what the core asks for is there already.
    /// </summary>
    private Block Checked(Frame frame)
    {
        var block = BlockCodec.TryDecode(frame.Payload, out var error);
        error ??= checker.Check(block!);
        if (error is null)
        {
            _ = block!.TransactionHashes;
            return block;
        }

        metrics.BlocksInvalid.Increment();
        events.BlockRejected(block, peer, error);
        throw new ProtocolException($"invalid block: {error}");
    }

    private sealed record Connection(CancellationTokenSource Cancellation, TaskCompletionSource Ended)
    {
        public async Task EndAsync()
        {
            if (Ended.Task.IsCompleted) return;
            try
            {
                await Cancellation.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }

            await Ended.Task;
        }
    }
}
