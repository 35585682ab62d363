using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>A running <c>mysticeti</c> and all that it printed.</summary>
internal sealed class RunnerProcess : IDisposable
{
    public const int Interrupt = 2, HangUp = 1, Terminate = 15;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public RunnerProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Valid once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Valid once it has ended.</summary>
    public string Out { get; private set; } = "";

    /// <summary>Valid once it has ended.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Waits for its end and its output.</summary>
    /// <param name="longest">Longest wait; 90 seconds by default.</param>
    public async Task<int> ExitAsync(TimeSpan? longest = null)
    {
        using var limit = new CancellationTokenSource(longest ?? Longest);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            Out = await _output.WaitAsync(limit.Token);
            Error = await _error.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            Assert.Fail($"mysticeti did not end, or something holds its output, after {(longest ?? Longest).TotalSeconds} s");
        }

        return _process.ExitCode;
    }

    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    /// <summary>kill -9: it gets no chance to do anything.</summary>
    public void Kill() => _process.Kill();

    /// <summary>What it printed, for messages of failed assertions.</summary>
    public override string ToString() => $"exit code {_process.ExitCode}\n{Out}\n{Error}";

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
