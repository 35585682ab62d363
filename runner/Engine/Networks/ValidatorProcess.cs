using System.ComponentModel;
using System.Diagnostics;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>One validator as a child process whose output goes into its log file.</summary>
internal sealed class ValidatorProcess : IDisposable
{
    // The shell opens the log and becomes the validator (same process id): no output passes through the runner, so nothing is lost
    // when it ends, and nothing blocks when it is busy. A session of its own keeps a Ctrl-C at the terminal away from the
    // validators: the runner decides when they stop.
    private const string Script = """
        log=$1; input=$2; shift 2
        exec >>"$log" 2>&1
        [ "$input" = none ] && exec </dev/null
        renice -n 5 $$ >/dev/null 2>&1
        command -v setsid >/dev/null 2>&1 && exec setsid "$@"
        trap '' INT HUP
        exec "$@"
        """;

    private readonly Process _process;
    private volatile bool _stopping;

    private ValidatorProcess(ValidatorLaunch launch, Process process, string logPath, Task output)
    {
        (Launch, _process, LogPath, Output) = (launch, process, logPath, output);
        Identity = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, "");
    }

    public ValidatorLaunch Launch { get; }

    public string LogPath { get; }

    public ProcessIdentity Identity { get; }

    /// <summary>Ends when all output is in the log; at once where the validator writes there itself.</summary>
    private Task Output { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Valid once it has exited.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a validator.</summary>
    /// <param name="executable">Absolute path of the validator.</param>
    /// <param name="logPath">Is appended to.</param>
    /// <param name="tied">Whether the validator ends when this process does, however that ends: it holds the other end of its standard input.</param>
    /// <exception cref="NetworkException">It cannot be started.</exception>
    public static ValidatorProcess Start(string executable, ValidatorLaunch launch, string logPath, bool tied)
    {
        var arguments = tied ? [.. launch.Arguments, "--exit-with-parent"] : launch.Arguments;
        var start = new ProcessStartInfo { UseShellExecute = false, RedirectStandardInput = tied };
        foreach (var (name, value) in launch.Environment) start.Environment[name] = value;
        var pumped = OperatingSystem.IsWindows();
        if (pumped)
        {
            (start.FileName, start.RedirectStandardOutput, start.RedirectStandardError) = (executable, true, true);
        }
        else
        {
            start.FileName = "/bin/sh";
            foreach (var word in (string[])["-c", Script, "sh", logPath, tied ? "pipe" : "none", executable]) start.ArgumentList.Add(word);
        }

        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            var process = Programs.Start(start);
            return new ValidatorProcess(launch, process, logPath, pumped ? PumpAsync(process, logPath) : Task.CompletedTask);
        }
        catch (Win32Exception error)
        {
            throw new NetworkException($"{launch.Name} could not be started from {executable}: {error.Message}", error);
        }
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>How it ended, in one line, if it has ended though nobody stopped it; else null.</summary>
    public NodeFailure? Failure()
    {
        if (_stopping || !_process.HasExited) return null;
        var code = _process.ExitCode;
        var how = code > 128 && !OperatingSystem.IsWindows() ? $"was killed by signal {code - 128}" : $"ended with exit code {code}";
        var log = LogFile.LastLines(LogPath, 3);
        return new NodeFailure(Launch.Index, Launch.Name, log.Count == 0 ? $"{how} and an empty log" : $"{how}: {string.Join(" | ", log)}");
    }

    /// <summary>Asks it to end, waits, and kills it when <paramref name="grace"/> is over or the token is cancelled.</summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        // What has ended before anyone asked stays a failure.
        if (_process.HasExited) return;
        _stopping = true;
        Signals.Terminate(_process.Id);
        // A frozen process does not even end.
        Signals.Continue(_process.Id);
        if (_process.StartInfo.RedirectStandardInput) _process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(grace);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await Output;
    }

    /// <summary>Ends it now.</summary>
    public void Kill()
    {
        _stopping = true;
        try
        {
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
    }

    public void Dispose() => _process.Dispose();

    private static async Task PumpAsync(Process process, string logPath)
    {
        await using var log = TextWriter.Synchronized(new StreamWriter(logPath, append: true) { AutoFlush = true });
        await Task.WhenAll(PumpAsync(process.StandardOutput, log), PumpAsync(process.StandardError, log));
    }

    private static async Task PumpAsync(StreamReader from, TextWriter log)
    {
        while (await from.ReadLineAsync() is { } line) await log.WriteLineAsync(line);
    }
}
