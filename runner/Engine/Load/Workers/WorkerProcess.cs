using System.Diagnostics;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Load.Workers;

/// <summary>A load worker as its pool sees it: a link to it, and a way to be rid of it.</summary>
internal interface IWorkerHost : IAsyncDisposable
{
    WorkerLink Link { get; }

    /// <summary>Its last words where it ended by itself; null: none.</summary>
    Task<string?> LastWordsAsync();
}

/// <summary>A worker in a process of its own, the same program as this one. It ends with this one: its standard input does.</summary>
internal sealed class WorkerProcess : IWorkerHost
{
    /// <summary>The command that the process runs.</summary>
    public const string Command = "load-worker";

    /// <summary>Longest that a process takes to end whose output has ended.</summary>
    private static readonly TimeSpan Dying = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        Link = new WorkerLink(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
    }

    public WorkerLink Link { get; }

    /// <exception cref="NetworkException">It did not start.</exception>
    public static WorkerProcess Start()
    {
        var start = ThisProgram.Start(Command);
        start.RedirectStandardError = true;
        return new WorkerProcess(Programs.Start(start));
    }

    public async Task<string?> LastWordsAsync()
    {
        try
        {
            var errors = await _errors.WaitAsync(Dying);
            return errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        }
        catch (TimeoutException)
        {
            // It runs on, and only what it said was wrong.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();

        await _process.WaitForExitAsync();
        Link.Dispose();
        _process.Dispose();
    }
}
