using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Engine.Load;

/// <summary>
/// One connection to a node: requests go out without waiting for the answers to earlier ones, so a server that stalls does not
/// stall the schedule. One request is being written at a time and the unanswered ones are bounded in bytes and number; where
/// either is used up the connection is blocked. It connects again by itself.
/// Its socket never blocks, and the generator's thread alone uses it: nothing is handed over between threads.
/// </summary>
internal sealed class SubmissionConnection
{
    /// <summary>Most bytes of requests without an answer.</summary>
    public const int MostBytesInFlight = 4 * 1024 * 1024;

    /// <summary>Most requests without an answer.</summary>
    public const int MostRequestsInFlight = 8192;

    private const int MostAnswerBytes = 16 * 1024 * 1024;
    private const long ConnectTimeoutNs = 5_000_000_000;
    private const long RetryDelayNs = 250_000_000;

    private readonly NodeEndpoint _node;
    private readonly ISubmissionProtocol _protocol;
    private readonly PendingRequests _pending;
    private readonly LoadClock _clock;
    private readonly Task<IPAddress[]> _addresses;
    private int _mostInFlight;
    private bool _connecting;
    private bool _answered;
    private long _actAtNs;
    private ReadOnlyMemory<byte> _unwritten;
    private Pending? _writing;
    private byte[] _received = new byte[16 * 1024];
    private int _filled;

    public SubmissionConnection(NodeEndpoint node, ISubmissionProtocol protocol, PendingRequests pending, LoadClock clock, int mostInFlight)
    {
        (_node, _protocol, _pending, _clock, _mostInFlight) = (node, protocol, pending, clock, mostInFlight);
        _addresses = Dns.GetHostAddressesAsync(node.RpcUrl.DnsSafeHost);
    }

    /// <summary>Null while there is nothing to wait for.</summary>
    public Socket? Socket { get; private set; }

    /// <summary>Whether the socket is to be watched for room to write.</summary>
    public bool WantsToWrite => _connecting || !_unwritten.IsEmpty;

    /// <summary>Whether the first attempt to connect has come to something, good or bad.</summary>
    public bool HasTried { get; private set; }

    /// <summary>Why the last attempt to connect failed; null while it is connected or has not tried.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether a request has not been taken whole yet.</summary>
    public bool IsWriting => _writing is not null;

    /// <summary>Requests in flight, the fewer the sooner an answer; null when blocked or not connected.</summary>
    public int? Occupancy =>
        Socket is null || _connecting || !_unwritten.IsEmpty || !_protocol.IsOpen || _pending.Bytes >= MostBytesInFlight || _pending.Count >= _mostInFlight
            ? null
            : _pending.Count;

    /// <summary>Most transactions that <see cref="Send"/> takes at once.</summary>
    public int MostCalls => _protocol.MostCalls;

    /// <summary>
    /// Sends some transactions of this node in one request, from the first on; only while <see cref="Occupancy"/> is not null.
    /// Each transaction counts as sent when the operating system has taken the whole request.
    /// </summary>
    public void Send(int first, int count)
    {
        var bytes = _protocol.Format(first, count);
        _writing = new Pending(first, count, bytes.Length);
        _pending.Add(_writing);
        _unwritten = bytes;
        Write();
    }

    /// <summary>Connects when it is time to; call it now and then.</summary>
    public void Tick(long nowNs)
    {
        if (nowNs < _actAtNs || (Socket is not null && !_connecting)) return;

        if (_connecting) Fail("connecting took too long");
        else if (_addresses.IsCompleted) Connect(nowNs);
    }

    /// <summary>The socket can be read from or written to, or has failed.</summary>
    public void OnReady(bool readable, bool writable)
    {
        if (_connecting)
        {
            FinishConnecting();
            return;
        }

        if (writable && !_unwritten.IsEmpty) Write();

        if (readable && Socket is not null) Receive();
    }

    /// <summary>Unwritten rests of requests end here, so that they count as unsent.</summary>
    public void Close() => Socket?.Dispose();

    private void Connect(long nowNs)
    {
        if (!_addresses.IsCompletedSuccessfully || _addresses.GetAwaiter().GetResult() is not [var address, ..])
        {
            (Failure, HasTried, _actAtNs) = ($"{_node.RpcUrl.Host} has no address", true, long.MaxValue);
            return;
        }

        Socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
        (_connecting, _actAtNs) = (true, nowNs + ConnectTimeoutNs);
        try
        {
            Socket.Connect(new IPEndPoint(address, _node.RpcUrl.Port));
            FinishConnecting();
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The socket becomes writable when it is connected.
        }
        catch (SocketException error)
        {
            Fail(error.SocketErrorCode.ToString());
        }
    }

    private void FinishConnecting()
    {
        var error = (SocketError)(int)Socket!.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            Fail(error.ToString());
            return;
        }

        (_connecting, HasTried, Failure, _answered) = (false, true, null, false);
        _unwritten = _protocol.Open();
        Write();
    }

    /// <summary>An attempt to connect failed; the next one comes after a while.</summary>
    private void Fail(string reason)
    {
        Detach();
        (Failure, HasTried, _actAtNs) = (reason, true, _clock.MonotonicNs + RetryDelayNs);
    }

    private void Detach()
    {
        if (_writing is { } half) _pending.Fail(half, "connection failed while sending");

        Socket?.Dispose();
        (Socket, _connecting, _writing, _unwritten, _filled, _actAtNs) = (null, false, null, default, 0, 0);
        _pending.Clear();
    }

    private void Write()
    {
        while (!_unwritten.IsEmpty)
        {
            var written = Socket!.Send(_unwritten.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return;

            if (error != SocketError.Success)
            {
                Detach();
                return;
            }

            _unwritten = _unwritten[written..];
        }

        if (_writing is { } whole)
        {
            _pending.MarkSent(whole);
            _writing = null;
        }
    }

    private void Receive()
    {
        while (true)
        {
            if (_filled == _received.Length) Array.Resize(ref _received, _filled * 2);

            var read = Socket!.Receive(_received.AsSpan(_filled), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return;

            var ended = error != SocketError.Success || read == 0;
            _filled += read;
            var more = _filled == _received.Length;
            if (!Consume(ended) || !more) return;
        }
    }

    /// <summary>Takes the complete answers. False when the connection is over.</summary>
    private bool Consume(bool ended)
    {
        try
        {
            var used = _protocol.Read(_received.AsSpan(0, _filled), ended, _pending, out var closes);
            _received.AsSpan(used, _filled - used).CopyTo(_received);
            _filled -= used;
            _answered |= used > 0;
            if (closes)
            {
                // Requests behind this answer are not processed any more: from now on none is sent before the last is answered.
                _mostInFlight = 1;
            }

            if (!closes && !ended && _filled < MostAnswerBytes) return true;

            Detach();
        }
        catch (InvalidDataException error) when (!_answered)
        {
            // Whatever answers there, it is not what was expected: it will not be next time either.
            Fail(error.Message);
        }
        catch (InvalidDataException)
        {
            Detach();
        }

        return false;
    }
}
