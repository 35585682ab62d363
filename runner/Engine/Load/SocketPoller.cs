using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mysticeti.Engine.Load;

/// <summary>
/// Waits until one of some sockets has something to do, or a time is over. On Linux that is <see cref="Epoll"/>, whose cost does
/// not grow with the number of sockets; elsewhere the framework's select, in whole milliseconds.
/// </summary>
internal sealed class SocketPoller : IDisposable
{
    private readonly Epoll? _epoll = OperatingSystem.IsLinux() ? new Epoll() : null;
    private readonly List<ReadySocket> _ready = [];
    private (Socket? Socket, bool ForWriting)[] _watched = new (Socket?, bool)[16];

    /// <summary>Says what to watch at a place, from 0 on; null for nothing. Costs next to nothing where nothing changed.</summary>
    public void Watch(int place, Socket? socket, bool forWriting)
    {
        if (place >= _watched.Length) Array.Resize(ref _watched, place * 2);

        ref var watched = ref _watched[place];
        if (ReferenceEquals(watched.Socket, socket) && watched.ForWriting == forWriting) return;

        if (socket is not null)
        {
            // A socket that was closed left the kernel's set by itself.
            _epoll?.Watch(place, (int)socket.Handle, isNew: !ReferenceEquals(watched.Socket, socket), forWriting);
        }

        watched = (socket, forWriting);
    }

    /// <summary>Waits until something is ready, and says what; valid until the next call.</summary>
    /// <param name="ns">Longest wait in nanoseconds; 0 or less only looks.</param>
    public ReadOnlySpan<ReadySocket> Wait(long ns)
    {
        _ready.Clear();
        if (_epoll is not null) _epoll.Wait(Math.Max(0, ns), _ready);
        else Select(Math.Max(0, ns));

        return CollectionsMarshal.AsSpan(_ready);
    }

    public void Dispose() => _epoll?.Dispose();

    private void Select(long ns)
    {
        List<Socket> readable = [.. _watched.Select(w => w.Socket).OfType<Socket>()];
        if (readable.Count == 0)
        {
            Pacer.Sleep(ns);
            return;
        }

        List<Socket> failed = [.. readable];
        List<Socket> writable = [.. _watched.Where(w => w.ForWriting).Select(w => w.Socket).OfType<Socket>()];
        Socket.Select(readable, writable, failed, (int)(ns / 1000));
        for (var place = 0; place < _watched.Length; place++)
        {
            if (_watched[place].Socket is { } socket)
            {
                var broken = failed.Contains(socket);
                var ready = new ReadySocket(place, broken || readable.Contains(socket), broken || writable.Contains(socket));
                if (ready.Readable || ready.Writable) _ready.Add(ready);
            }
        }
    }
}

/// <param name="Place">Where the socket is watched.</param>
/// <param name="Readable">It can be read from, has ended or failed.</param>
/// <param name="Writable">It can be written to, or has failed.</param>
internal readonly record struct ReadySocket(int Place, bool Readable, bool Writable);
