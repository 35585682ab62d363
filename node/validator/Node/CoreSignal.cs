using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Wakes the core's thread. Unlike the framework's events, which count whole milliseconds, its time-outs are exact to some 60 µs where
/// the kernel has event descriptors (Linux): a round takes about two milliseconds, and every one would lose half a millisecond more.
/// Never spins: several validators may share few processors, and a spinning one takes its peers' time.
/// </summary>
internal sealed class CoreSignal : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const short Readable = 1;

    private readonly SafeFileHandle? _descriptor = Open();
    private readonly ManualResetEventSlim _fallback = new(false, spinCount: 0);
    private int _set;
    private int _waiting;

    /// <summary>Ends the present or the next <see cref="Wait"/>. By any thread.</summary>
    public void Set()
    {
        // Each side says what it does before it looks at what the other one does, so that no signal falls between.
        if (Interlocked.Exchange(ref _set, 1) != 0 || Volatile.Read(ref _waiting) == 0) return;
        if (_descriptor is null) _fallback.Set();
        else if (!_descriptor.IsClosed) _ = Write(_descriptor, 1, sizeof(ulong));
    }

    /// <summary>Forgets signals so far. By the waiting thread.</summary>
    public void Reset()
    {
        _fallback.Reset();
        // A full fence: what the caller looks at next must not be read before. Who signals later finds no signal and sends one.
        Interlocked.Exchange(ref _set, 0);
    }

    /// <summary>Waits for a signal, no longer than <paramref name="timeoutNs"/> nanoseconds; may end earlier without one.</summary>
    public void Wait(long timeoutNs)
    {
        Interlocked.Exchange(ref _waiting, 1);
        if (Volatile.Read(ref _set) == 0)
        {
            // Rounded up: waking early would only find that it is too early still.
            if (_descriptor is null) _fallback.Wait((int)Math.Min((timeoutNs + 999_999) / 1_000_000, int.MaxValue));
            else Poll(_descriptor, timeoutNs);
        }

        Volatile.Write(ref _waiting, 0);
    }

    public void Dispose()
    {
        _descriptor?.Dispose();
        _fallback.Dispose();
    }

    private static SafeFileHandle? Open()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var descriptor = EventDescriptor(0, CloseOnExec | NonBlocking);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void Poll(SafeFileHandle descriptor, long timeoutNs)
    {
        var entry = new PollEntry { Descriptor = (int)descriptor.DangerousGetHandle(), Events = Readable };
        var timeout = new TimeSpec { Seconds = (nint)(timeoutNs / 1_000_000_000), Nanoseconds = (nint)(timeoutNs % 1_000_000_000) };
        if (PreciselyPoll(ref entry, 1, in timeout, 0) > 0) _ = Read(descriptor, out _, sizeof(ulong));
    }

    [DllImport("libc", EntryPoint = "eventfd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EventDescriptor(uint initial, int flags);

    [DllImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PreciselyPoll(ref PollEntry entries, nuint count, in TimeSpec timeout, nint signals);

    [DllImport("libc", EntryPoint = "read")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(SafeFileHandle descriptor, out ulong value, nuint size);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(SafeFileHandle descriptor, in ulong value, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
