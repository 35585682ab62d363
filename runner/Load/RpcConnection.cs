using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Mysticeti.Runner.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection to a node: requests go out without waiting for the answers to earlier ones, so a
/// server that stalls does not stall the schedule; answers are matched by id. One request is being written at a time and
/// the unanswered ones are bounded in bytes and number; where either is used up the connection is blocked.
/// It connects again by itself. Transactions whose answer got lost with a connection keep the state "sent".
/// There is no lock: the pacing thread must never wait for a thread of ours that the nodes keep from running.
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
    private readonly RoundRobin _targets;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<Pending> _pending = new();
    private readonly Task _running;
    private Task _lastWrite = Task.CompletedTask;
    private volatile Socket? _socket;
    private volatile string? _failure;
    private volatile bool _writing;
    private volatile bool _oneAtATime;
    private volatile int _epoch;
    private int _requestsInFlight;
    private long _bytesInFlight;
    private byte[] _received = new byte[16 * 1024];

    public RpcConnection(NodeEndpoint node, RpcRequest request, LoadRecord record, LoadClock clock)
    {
        (_node, _request, _record, _clock, _targets) = (node, request, record, clock, record.Targets);
        _running = RunAsync();
    }

    /// <summary>Ends when the first attempt to connect has come to something, good or bad.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Why the last attempt to connect failed; null while it is connected or has not tried.</summary>
    public string? Failure => _failure;

    /// <summary>Whether a request has not been taken whole yet.</summary>
    public bool IsWriting => _writing;

    /// <summary>Requests in flight, the fewer the sooner an answer; null when blocked or not connected.</summary>
    public int? Occupancy
    {
        get
        {
            int requests = Volatile.Read(ref _requestsInFlight);
            bool blocked = _socket is null || _writing || Interlocked.Read(ref _bytesInFlight) >= MostBytesInFlight
                || requests >= (_oneAtATime ? 1 : MostRequestsInFlight);
            return blocked ? null : requests;
        }
    }

    /// <summary>Most transactions that <see cref="Send"/> takes at once.</summary>
    public int MostCalls => _request.MostCalls;

    /// <summary>
    /// Sends some transactions of this node in one request, from the first on; only while <see cref="Occupancy"/> is not null,
    /// and from one thread. Returns at once; each transaction counts as sent when the operating system has taken the
    /// whole request.
    /// </summary>
    public void Send(int first, int count)
    {
        ReadOnlyMemory<byte> bytes = _request.Format(first, count, _targets);
        var request = new Pending(first, count, bytes.Length, _epoch);
        if (_socket is not Socket socket)
        {
            Fail(request, "connection failed");
            return;
        }

        _writing = true;
        Interlocked.Increment(ref _requestsInFlight);
        Interlocked.Add(ref _bytesInFlight, bytes.Length);
        _pending.Enqueue(request);
        ValueTask write = WriteAsync(socket, bytes, request);
        if (!write.IsCompletedSuccessfully)
        {
            _lastWrite = write.AsTask();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        // Unwritten rests of requests end here, so that they count as unsent.
        _socket?.Dispose();
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

            MarkSent(request);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (!_closing.IsCancellationRequested)
            {
                Fail(request, "connection failed while sending");
            }

            socket.Dispose();
        }
        finally
        {
            _writing = false;
        }
    }

    private void MarkSent(Pending request)
    {
        long now = _clock.NowNs;
        int sequence = request.First;
        for (int i = 0; i < request.Count; i++, sequence = _targets.Next(sequence))
        {
            _record.Sent(sequence, now);
        }
    }

    /// <summary>The attempt was made and the network refused it: that is a rejection, not a fault of the generator.</summary>
    private void Fail(Pending request, string reason)
    {
        MarkSent(request);
        Reject(request, $"{_node.Name}: {reason}");
    }

    private void Reject(Pending request, string reason)
    {
        int sequence = request.First;
        for (int i = 0; i < request.Count; i++, sequence = _targets.Next(sequence))
        {
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
                _failure = connected ? _failure : e is SocketException s ? s.SocketErrorCode.ToString() : "connecting took too long";
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
        _failure = null;
        _socket = socket;
        _firstAttempt.TrySetResult();
    }

    private void Detach(Socket socket)
    {
        _socket = null;
        // A request that slips in behind this bears the old epoch, so that no later answer is taken for its own.
        _epoch++;
        while (TryDequeue(out _))
        {
        }

        socket.Dispose();
    }

    private bool TryDequeue(out Pending request)
    {
        if (!_pending.TryDequeue(out request))
        {
            return false;
        }

        Interlocked.Decrement(ref _requestsInFlight);
        Interlocked.Add(ref _bytesInFlight, -request.Bytes);
        return true;
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
            _oneAtATime = true;
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

        // An answer to something that was answered before answers none of the requests in flight.
        if (named > 0 && first == 0)
        {
            return;
        }

        Pending request;
        do
        {
            if (!TryDequeue(out request))
            {
                return;
            }
        }
        while (request.Epoch != _epoch);

        if (named == 0)
        {
            Reject(request, refusal ?? $"HTTP {status}");
        }
    }

    private readonly record struct Pending(int First, int Count, int Bytes, int Epoch);
}
