using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Mysticeti.Runner.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection to a node: requests go out without waiting for the answers to earlier ones, so a
/// server that stalls does not stall the schedule; answers are matched by id. One request is being written at a time and
/// the unanswered ones are bounded in bytes and number; where either is used up the connection is blocked.
/// It connects again by itself. Transactions whose answer got lost with a connection keep the state "sent".
/// </summary>
public sealed class RpcConnection : IAsyncDisposable
{
    /// <summary>Most bytes of requests without an answer.</summary>
    public const int MostBytesInFlight = 4 * 1024 * 1024;

    /// <summary>Most requests without an answer.</summary>
    public const int MostRequestsInFlight = 8192;

    private const int MostAnswerBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(250);

    private readonly NodeEndpoint _node;
    private readonly RpcRequest _request;
    private readonly LoadRecord _record;
    private readonly LoadClock _clock;
    private readonly int _stride;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Queue<Pending> _pending = new();
    private readonly Task _running;
    private Task _lastWrite = Task.CompletedTask;
    private Socket? _socket;
    private Pending _current;
    private bool _writing;
    private bool _oneAtATime;
    private long _bytesInFlight;
    private byte[] _received = new byte[16 * 1024];

    public RpcConnection(NodeEndpoint node, RpcRequest request, LoadRecord record, LoadClock clock)
    {
        (_node, _request, _record, _clock, _stride) = (node, request, record, clock, record.Nodes);
        _running = RunAsync();
    }

    /// <summary>Ends when the first attempt to connect has come to something, good or bad.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Why the last attempt to connect failed; null while it is connected or has not tried.</summary>
    public string? Failure { get; private set; }

    /// <summary>Transactions of the request that is being written.</summary>
    public int Unwritten
    {
        get
        {
            lock (_gate)
            {
                return _writing ? _current.Count : 0;
            }
        }
    }

    /// <summary>Requests in flight, the fewer the sooner an answer; null when blocked or not connected.</summary>
    public int? Occupancy
    {
        get
        {
            lock (_gate)
            {
                bool blocked = _socket is null || _writing || _bytesInFlight >= MostBytesInFlight
                    || _pending.Count >= (_oneAtATime ? 1 : MostRequestsInFlight);
                return blocked ? null : _pending.Count;
            }
        }
    }

    /// <summary>Most transactions that <see cref="Send"/> takes at once.</summary>
    public int MostCalls => _request.MostCalls;

    /// <summary>
    /// Sends transactions first, first + stride, and so on in one request; only while <see cref="Occupancy"/> is not null,
    /// and from one thread. Returns at once; each transaction counts as sent when the operating system has taken the
    /// whole request.
    /// </summary>
    public void Send(int first, int count)
    {
        ReadOnlyMemory<byte> bytes = _request.Format(first, count, _stride);
        Socket socket;
        lock (_gate)
        {
            _current = new Pending(first, count, bytes.Length);
            if (_socket is null)
            {
                FailCurrent("connection failed");
                return;
            }

            socket = _socket;
            _writing = true;
            _pending.Enqueue(_current);
            _bytesInFlight += bytes.Length;
        }

        ValueTask write = WriteAsync(socket, bytes, _current);
        if (!write.IsCompletedSuccessfully)
        {
            _lastWrite = write.AsTask();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        Socket? socket;
        lock (_gate)
        {
            socket = _socket;
        }

        // Unwritten rests of requests end here, so that they count as unsent.
        socket?.Dispose();
        await _running;
        await _lastWrite;
        _closing.Dispose();
    }

    private async ValueTask WriteAsync(Socket socket, ReadOnlyMemory<byte> bytes, Pending request)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None)..];
            }

            lock (_gate)
            {
                MarkSent(request);
                _writing = false;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            lock (_gate)
            {
                _writing = false;
                if (!_closing.IsCancellationRequested)
                {
                    _current = request;
                    FailCurrent("connection failed while sending");
                }
            }

            socket.Dispose();
        }
    }

    private void MarkSent(Pending request)
    {
        long now = _clock.NowNs;
        for (int i = 0; i < request.Count; i++)
        {
            _record.Sent(request.First + i * _stride, now);
        }
    }

    /// <summary>The attempt was made and the network refused it: that is a rejection, not a fault of the generator.</summary>
    private void FailCurrent(string reason)
    {
        MarkSent(_current);
        Reject(_current, $"{_node.Name}: {reason}");
    }

    private void Reject(Pending request, string reason)
    {
        for (int i = 0; i < request.Count; i++)
        {
            int sequence = request.First + i * _stride;
            if (!_record.IsAnswered(sequence))
            {
                _record.Answered(sequence, reason);
            }
        }
    }

    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            bool connected = false;
            try
            {
                using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token))
                {
                    timeout.CancelAfter(_connectTimeout);
                    await socket.ConnectAsync(new DnsEndPoint(_node.RpcUrl.DnsSafeHost, _node.RpcUrl.Port), timeout.Token);
                }

                connected = true;
                Attach(socket);
                await ReceiveAsync(socket);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
            {
                Failure = connected ? Failure : e is SocketException s ? s.SocketErrorCode.ToString() : "connecting took too long";
            }
            finally
            {
                Detach(socket);
                _firstAttempt.TrySetResult();
            }

            if (!connected && !_closing.IsCancellationRequested)
            {
                await Task.Delay(_retryDelay, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Attach(Socket socket)
    {
        lock (_gate)
        {
            _socket = socket;
            Failure = null;
        }

        _firstAttempt.TrySetResult();
    }

    private void Detach(Socket socket)
    {
        lock (_gate)
        {
            _socket = null;
            _pending.Clear();
            _bytesInFlight = 0;
        }

        socket.Dispose();
    }

    private async Task ReceiveAsync(Socket socket)
    {
        int filled = 0;
        while (true)
        {
            if (filled == _received.Length)
            {
                if (filled >= MostAnswerBytes)
                {
                    throw new InvalidDataException("an answer is too long");
                }

                Array.Resize(ref _received, filled * 2);
            }

            int read = await socket.ReceiveAsync(_received.AsMemory(filled), SocketFlags.None, _closing.Token);
            filled += read;
            if (!Consume(ref filled, ended: read == 0) || read == 0)
            {
                return;
            }
        }
    }

    /// <summary>Takes the complete answers off the buffer. False when the server closes the connection after the last.</summary>
    private bool Consume(ref int filled, bool ended)
    {
        int at = 0;
        bool open = true;
        while (open && at < filled && HttpResponse.TryRead(_received.AsSpan(at, filled - at), ended, out HttpResponse response))
        {
            if (response.Status >= 200)
            {
                Take(response.Status, _received.AsSpan(at + response.BodyStart, response.BodyLength));
                open = !response.Closes;
            }

            at += response.Length;
        }

        _received.AsSpan(at, filled - at).CopyTo(_received);
        filled -= at;
        if (!open)
        {
            // Requests behind this answer are not processed any more: from now on none is sent before the last is answered.
            lock (_gate)
            {
                _oneAtATime = true;
            }
        }

        return open;
    }

    private void Take(int status, ReadOnlySpan<byte> body)
    {
        int named = 0;
        int first = 0;
        string? refusal = null;
        try
        {
            (named, first) = RpcAnswers.Read(body, _record, out refusal);
        }
        catch (JsonException)
        {
            refusal = $"HTTP {status}";
        }

        lock (_gate)
        {
            // An answer to something that was answered before answers none of the requests in flight.
            if ((named > 0 && first == 0) || !_pending.TryDequeue(out Pending request))
            {
                return;
            }

            _bytesInFlight -= request.Bytes;
            if (named == 0)
            {
                Reject(request, refusal is null ? $"HTTP {status}" : refusal);
            }
        }
    }

    private readonly record struct Pending(int First, int Count, int Bytes);
}
