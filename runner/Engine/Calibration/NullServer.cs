using System.Net;
using System.Net.Sockets;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Calibration;

/// <summary>
/// A server that speaks the protocols of all submission modes and does nothing else: it accepts every transaction at once,
/// commits nothing, and looks no deeper into a request than an answer needs. What the generator reaches against it is the
/// generator's own limit on this machine.
/// </summary>
/// <remarks>One thread, like the generator, so that both together are two.</remarks>
internal sealed class NullServer : IDisposable
{
    private const long LongestWaitNs = 100_000_000;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketPoller _poller = new();

    /// <summary>Each at its place in the poller, after the listener at place 0; null where one has gone.</summary>
    private readonly List<NullConnection?> _connections = [null];

    /// <param name="port">On 127.0.0.1; 0 takes a free one.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public NullServer(int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(512);
        _listener.Blocking = false;
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/");
    }

    public Uri Url { get; }

    /// <summary>Serves on this thread until the token is cancelled.</summary>
    public void Run(CancellationToken stop)
    {
        // As the generator's: whatever else goes on here would otherwise show as the generator's lag.
        Pacer.PreferThisThread();
        _poller.Watch(0, _listener, forWriting: false);
        while (!stop.IsCancellationRequested)
        {
            foreach (var ready in _poller.Wait(LongestWaitNs))
            {
                if (ready.Place == 0) Accept();
                else if (_connections[ready.Place] is { } connection && !connection.Serve()) Forget(ready.Place);
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var connection in _connections) connection?.Dispose();

        _poller.Dispose();
    }

    private void Forget(int place)
    {
        _poller.Watch(place, null, forWriting: false);
        _connections[place]?.Dispose();
        _connections[place] = null;
    }

    private void Accept()
    {
        try
        {
            var connection = new NullConnection(_listener.Accept());
            var place = _connections.IndexOf(null, 1) is > 0 and int free ? free : _connections.Count;
            if (place == _connections.Count) _connections.Add(null);

            _connections[place] = connection;
            _poller.Watch(place, connection.Socket, forWriting: false);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
            // It left before it was taken.
        }
    }
}
