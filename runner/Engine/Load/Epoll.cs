using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Mysticeti.Engine.Load;

/// <summary>The little of epoll(7) that <see cref="SocketPoller"/> needs: level-triggered, with a timer in nanoseconds.</summary>
internal sealed class Epoll : IDisposable
{
    private const int Add = 1, Modify = 3;
    private const uint Readable = 0x1, Writable = 0x4, Failed = 0x8 | 0x10;
    private const int MostEvents = 256;
    private const int Interrupted = 4;

    /// <summary>struct epoll_event: events u32, data u64; packed on x86 alone.</summary>
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly int _descriptor = Create(0);
    private readonly byte[] _events = new byte[MostEvents * EventSize];
    private bool _coarse;

    public Epoll()
    {
        if (_descriptor < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Watches a descriptor; what happens to it is reported with <paramref name="place"/>.</summary>
    public void Watch(int place, int descriptor, bool isNew, bool forWriting)
    {
        Span<byte> request = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(request, Readable | (forWriting ? Writable : 0));
        BinaryPrimitives.WriteUInt64LittleEndian(request[DataOffset..], (ulong)place);
        if (Control(_descriptor, isNew ? Add : Modify, descriptor, ref MemoryMarshal.GetReference(request)) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits at most <paramref name="ns"/> nanoseconds and adds what is ready.</summary>
    public void Wait(long ns, List<ReadySocket> ready)
    {
        var count = Wait(ns);
        for (var i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> found = _events.AsSpan(i * EventSize, EventSize);
            var events = BinaryPrimitives.ReadUInt32LittleEndian(found);
            ready.Add(new ReadySocket(
                (int)BinaryPrimitives.ReadUInt64LittleEndian(found[DataOffset..]), (events & (Readable | Failed)) != 0, (events & (Writable | Failed)) != 0));
        }
    }

    public void Dispose() => _ = Close(_descriptor);

    private int Wait(long ns)
    {
        ref var events = ref MemoryMarshal.GetArrayDataReference(_events);
        int count;
        try
        {
            var timeout = new Pacer.TimeSpec(ns);
            count = _coarse ? WaitCoarsely(_descriptor, ref events, MostEvents, (int)((ns + 999_999) / 1_000_000)) : WaitPrecisely(_descriptor, ref events, MostEvents, in timeout, 0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2022: whole milliseconds then.
            _coarse = true;
            return 0;
        }

        // A signal ends a wait early; the caller looks at the clock anyway.
        return count >= 0 || Marshal.GetLastPInvokeError() == Interrupted ? count : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Create(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int epoll, int operation, int descriptor, ref byte request);

    [DllImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitPrecisely(int epoll, ref byte events, int most, in Pacer.TimeSpec timeout, nint signals);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitCoarsely(int epoll, ref byte events, int most, int milliseconds);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
