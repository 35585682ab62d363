using System.Net.WebSockets;
using System.Text.Json;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Rpc;

/// <summary>One WebSocket connection: JSON-RPC in text messages, and the events of its subscriptions.</summary>
internal sealed class WebSocketSession : IDisposable
{
    private readonly WebSocket _socket;
    private readonly JsonRpcExecutor _executor;
    private readonly CommitLog _log;
    private readonly EventJson _events;
    private readonly RpcOptions _options;
    private readonly TimeProvider _clock;
    private readonly RpcExchange _exchange = new();
    private readonly PooledBuffer _message = new();
    private readonly PooledBuffer _event = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly SemaphoreSlim _subscribed = new(0);
    private readonly Dictionary<string, RpcMethod> _methods;

    // Replaced as a whole by the receiving loop, read by the sending one.
    private volatile Subscription[] _subscriptions = [];

    public WebSocketSession(WebSocket socket, JsonRpcExecutor executor, CommitLog log, EventJson events, RpcMetrics metrics, RpcOptions options, TimeProvider clock)
    {
        (_socket, _executor, _log, _events, _options, _clock) = (socket, executor, log, events, options, clock);
        _methods = new Dictionary<string, RpcMethod>(StringComparer.Ordinal)
        {
            ["subscribe"] = new("subscribe", ["query"], (call, json) => new(Subscribe(call, json)), metrics.Calls("subscribe")),
            ["unsubscribe"] = new("unsubscribe", ["query"], (call, json) => new(Unsubscribe(call, json)), metrics.Calls("unsubscribe")),
            ["unsubscribe_all"] = new("unsubscribe_all", [], (_, json) => new(UnsubscribeAll(json)), metrics.Calls("unsubscribe_all")),
        };
    }

    /// <summary>Serves the connection until the client or the validator ends it.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborted)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var sending = SendEventsAsync(over, stopping);
        try
        {
            await ReceiveAsync(over.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // The client took nothing for too long, or did not answer the farewell.
        }
        finally
        {
            await over.CancelAsync();
            await sending;
        }
    }

    public void Dispose()
    {
        _exchange.Dispose();
        _message.Dispose();
        _event.Dispose();
        _sending.Dispose();
        _subscribed.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken over)
    {
        while (true)
        {
            _message.CutTo(0);
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(_message.GetMemory(4096), over);
                _message.Advance(part.Count);
                if (_message.Length <= _options.MaxBodyBytes) continue;
                await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"messages have at most {_options.MaxBodyBytes} bytes", over);
                return;
            }
            while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync(WebSocketCloseStatus.NormalClosure, null, over);
                return;
            }

            await _executor.ExecuteAsync(
                _message.WrittenMemory, name => _methods.GetValueOrDefault(name), _exchange.Calls, _exchange.Scratch, _exchange.Output, over);
            if (_exchange.Output.Length > 0) await SendAsync(_exchange.Output.WrittenMemory, over);
            _exchange.TryReset();
            _message.Reset();
            // Events begin behind the answer to their subscription.
            foreach (var subscription in _subscriptions)
            {
                if (subscription.Activate()) _subscribed.Release();
            }
        }
    }

    private async Task SendEventsAsync(CancellationTokenSource over, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stopping);
        try
        {
            while (true)
            {
                await _subscribed.WaitAsync(ending.Token);
                await FollowAsync(over.Token, ending.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            if (over.IsCancellationRequested) return;
            if (stopping.IsCancellationRequested) await SayFarewellAsync(over);
            else await over.CancelAsync();
        }
    }

    // The client has a moment to close its side.
    private async Task SayFarewellAsync(CancellationTokenSource over)
    {
        over.CancelAfter(_options.ShutdownTimeout / 2);
        try
        {
            await CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "the validator is stopping", over.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            // It left first.
        }
    }

    // Goes through the log from the oldest subscription on, until there is none any more.
    private async Task FollowAsync(CancellationToken over, CancellationToken ending)
    {
        while (true)
        {
            ending.ThrowIfCancellationRequested();
            var active = Array.FindAll(_subscriptions, subscription => subscription.IsActive);
            if (active.Length == 0) return;
            var next = active.Min(subscription => subscription.Next);
            if (_log.TryGet(next, out var commit))
            {
                foreach (var subscription in active.Where(subscription => subscription.Next == next))
                {
                    await SendAsync(subscription, commit, over);
                    subscription.Next++;
                }
            }
            else if (next < _log.FirstIndex)
            {
                await CancelAsync(active, over);
            }
            else if (!await _log.WaitForAsync(next, _options.HeartbeatInterval, _clock, ending) && _log.IsCompleted)
            {
                return;
            }
        }
    }

    private async Task SendAsync(Subscription subscription, Commit commit, CancellationToken over)
    {
        if (subscription.Query.Event == EventJson.NewBlock)
        {
            _event.CutTo(0);
            _events.WriteNewBlock(_event, subscription.Id, subscription.Text, commit);
            await SendAsync(_event.WrittenMemory, over, subscription);
        }
        else if ((subscription.Query.Height ?? commit.Index) == commit.Index)
        {
            for (var i = 0; i < commit.Transactions.Length && !subscription.IsCancelled; i++)
            {
                if ((subscription.Query.Hash ?? commit.Transactions[i].Hash) != commit.Transactions[i].Hash) continue;
                _event.CutTo(0);
                EventJson.WriteTx(_event, subscription.Id, subscription.Text, commit, i);
                await SendAsync(_event.WrittenMemory, over, subscription);
            }
        }

        _event.Reset();
    }

    private async Task CancelAsync(Subscription[] slow, CancellationToken over)
    {
        foreach (var subscription in slow)
        {
            subscription.Cancel();
            _event.CutTo(0);
            JsonRpcWriter.WriteError(_event, subscription.Id, RpcError.Server("subscription was canceled (reason: client is not pulling messages fast enough)"));
            await SendAsync(_event.WrittenMemory, over);
        }
    }

    // Answers and events share the connection. Whoever takes nothing for too long loses it. An event is dropped here at the latest: the answer
    // that ends its subscription waits for the same turn, so that none follows it.
    private async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken over, Subscription? eventOf = null)
    {
        await _sending.WaitAsync(over);
        try
        {
            if (eventOf is { IsCancelled: true }) return;
            using var stalled = CancellationTokenSource.CreateLinkedTokenSource(over);
            stalled.CancelAfter(_options.StalledReaderTimeout);
            await _socket.SendAsync(message, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, stalled.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string? reason, CancellationToken over)
    {
        await _sending.WaitAsync(over);
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await _socket.CloseOutputAsync(status, reason, over);
        }
        finally
        {
            _sending.Release();
        }
    }

    private RpcError? Subscribe(RpcCall call, Utf8JsonWriter json)
    {
        var text = call.Arguments.Text("query") ?? "";
        if (EventQuery.Parse(text, out var query) is { } error) return error;
        if (query.Event is not (EventJson.NewBlock or EventJson.Tx)) return RpcError.Internal($"query '{text}' is not supported: subscribe to tm.event='NewBlock' or tm.event='Tx'");
        if (query.Event == EventJson.NewBlock && query is not { Hash: null, Height: null }) return RpcError.Internal("tm.event='NewBlock' takes no further conditions");
        var open = Array.FindAll(_subscriptions, subscription => !subscription.IsCancelled);
        if (Array.Exists(open, subscription => subscription.Query == query)) return RpcError.Internal("already subscribed");
        if (open.Length >= _options.MaxSubscriptions) return RpcError.Internal($"max_subscriptions_per_client {_options.MaxSubscriptions} reached");
        _subscriptions = [.. open, new Subscription(query, text, call.Id.ToArray(), _log.LastIndex + 1)];
        return WriteEmpty(json);
    }

    private RpcError? Unsubscribe(RpcCall call, Utf8JsonWriter json)
    {
        if (EventQuery.Parse(call.Arguments.Text("query") ?? "", out var query) is { } error) return error;
        if (Array.Find(_subscriptions, subscription => subscription.Query == query && !subscription.IsCancelled) is not { } found) return RpcError.Internal("subscription not found");
        found.Cancel();
        _subscriptions = Array.FindAll(_subscriptions, subscription => subscription != found);
        return WriteEmpty(json);
    }

    private RpcError? UnsubscribeAll(Utf8JsonWriter json)
    {
        if (Array.TrueForAll(_subscriptions, subscription => subscription.IsCancelled)) return RpcError.Internal("subscription not found");
        foreach (var subscription in _subscriptions) subscription.Cancel();
        _subscriptions = [];
        return WriteEmpty(json);
    }

    private static RpcError? WriteEmpty(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteEndObject();
        return null;
    }

    private sealed class Subscription(EventQuery query, string text, byte[] id, long next)
    {
        private volatile bool _answered;
        private volatile bool _cancelled;

        public EventQuery Query => query;

        public string Text => text;

        public byte[] Id => id;

        /// <summary>Index of the next commit to tell of; changed by the sending loop only.</summary>
        public long Next { get; set; } = next;

        public bool IsCancelled => _cancelled;

        public bool IsActive => _answered && !_cancelled;

        /// <summary>Lets the events begin.</summary>
        /// <returns>Whether they had not yet.</returns>
        public bool Activate() => !_answered && (_answered = true);

        public void Cancel() => _cancelled = true;
    }
}
