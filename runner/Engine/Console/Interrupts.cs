using System.Runtime.InteropServices;

namespace Mysticeti.Engine.Console;

/// <summary>
/// Turns Ctrl-C, SIGTERM and a hung-up terminal into a cancelled token. The first one asks: the command saves what it has
/// and stops its nodes. The second one ends the process at once; nodes that it started end with it.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TextWriter _error;
    private int _count;

    public Interrupts(TextWriter error)
    {
        _error = error;
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGHUP), Register(PosixSignal.SIGQUIT)];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            // Progress in place hides it.
            if (!System.Console.IsOutputRedirected) System.Console.CursorVisible = true;
            Environment.Exit(ExitCodes.Interrupted);
        }

        try
        {
            _error.WriteLine("interrupted: finishing up and stopping what was started; once more stops at once");
        }
        catch (IOException)
        {
            // The terminal is gone; stopping is what matters.
        }

        // Continuations may be long; they must not run inside the signal handler.
        _ = _source.CancelAsync();
    });
}
