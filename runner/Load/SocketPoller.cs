using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mysticeti.Runner.Load;

/// <summary>
/// Waits until one of some connections has something to do, or a time is over. On Linux that is one call of ppoll(2), whose
/// timer is as precise as a sleep; elsewhere the framework's select, in whole milliseconds.
/// </summary>
internal sealed class SocketPoller(IReadOnlyList<SubmissionConnection> connections)
{
    private const short Readable = 0x1, Writable = 0x4, Failed = 0x8 | 0x10 | 0x20;

    private readonly PollDescriptor[] _descriptors = new PollDescriptor[connections.Count];

    /// <summary>Waits and lets each ready connection do its work.</summary>
    /// <param name="ns">Longest wait in nanoseconds; 0 or less only looks.</param>
    public void Wait(long ns)
    {
        if (OperatingSystem.IsLinux())
        {
            Poll(Math.Max(0, ns));
        }
        else
        {
            Select(Math.Max(0, ns));
        }
    }

    private void Poll(long ns)
    {
        for (int i = 0; i < _descriptors.Length; i++)
        {
            SubmissionConnection connection = connections[i];
            // The kernel passes over negative descriptors.
            _descriptors[i] = connection.Socket is { } socket
                ? new PollDescriptor { Descriptor = (int)socket.Handle, Wanted = (short)(Readable | (connection.WantsToWrite ? Writable : 0)) }
                : new PollDescriptor { Descriptor = -1 };
        }

        var timeout = new Pacer.TimeSpec(ns);
        int ready = PPoll(ref MemoryMarshal.GetArrayDataReference(_descriptors), (nuint)_descriptors.Length, in timeout, 0);
        for (int i = 0; i < _descriptors.Length && ready > 0; i++)
        {
            short found = _descriptors[i].Found;
            if (found != 0)
            {
                ready--;
                connections[i].OnReady((found & (Readable | Failed)) != 0, (found & (Writable | Failed)) != 0);
            }
        }
    }

    private void Select(long ns)
    {
        var open = connections.Where(c => c.Socket is not null).ToDictionary(c => c.Socket!);
        if (open.Count == 0)
        {
            Pacer.Sleep(ns);
            return;
        }

        List<Socket> readable = [.. open.Keys];
        List<Socket> writable = [.. open.Where(c => c.Value.WantsToWrite).Select(c => c.Key)];
        List<Socket> failed = [.. open.Keys];
        Socket.Select(readable, writable, failed, (int)(ns / 1000));
        foreach (Socket socket in readable.Concat(writable).Concat(failed).Distinct())
        {
            bool broken = failed.Contains(socket);
            open[socket].OnReady(broken || readable.Contains(socket), broken || writable.Contains(socket));
        }
    }

    [DllImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PPoll(ref PollDescriptor descriptors, nuint count, in Pacer.TimeSpec timeout, nint signals);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
