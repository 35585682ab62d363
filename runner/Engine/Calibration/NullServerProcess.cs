using System.Diagnostics;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Calibration;

/// <summary>A null server in a process of its own, so that it shares nothing with the generator but the machine. It ends with this one.</summary>
internal sealed class NullServerProcess : IDisposable
{
    private readonly Process _process;

    private NullServerProcess(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts the same program as <c>null-server</c> on a free port.</summary>
    /// <exception cref="NetworkException">It did not start.</exception>
    public static async Task<NullServerProcess> StartAsync(CancellationToken cancellationToken)
    {
        var start = ThisProgram.Start("null-server", "--port", "0", "--exit-with-parent");
        var process = Programs.Start(start);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        if (line is not null && Uri.TryCreate(line.Split(' ')[^1], UriKind.Absolute, out var url))
        {
            return new NullServerProcess(process, url);
        }

        process.Kill();
        process.Dispose();
        throw new NetworkException($"the null server did not start: {line ?? "no output"}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();

        _process.Dispose();
    }
}
