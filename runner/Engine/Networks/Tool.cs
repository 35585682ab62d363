using System.ComponentModel;
using System.Diagnostics;

namespace Mysticeti.Engine.Networks;

/// <summary>What a program printed until it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The line that most likely says what went wrong: the last that is not empty.</summary>
    public string Reason => Lines(Error).LastOrDefault() ?? Lines(Output).LastOrDefault() ?? $"exit code {ExitCode}, without a word";

    public IReadOnlyList<string> OutputLines => Lines(Output);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs programs of others: docker, compose, pulumi.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end; a cancelled token kills it and all that it started.</summary>
    /// <param name="directory">Where it runs; null: here.</param>
    /// <param name="variables">Environment variables beside those inherited.</param>
    /// <returns>Null where no such program is installed.</returns>
    public static async Task<ToolResult?> TryRunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken, string? directory = null,
        params IEnumerable<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        Process started;
        try
        {
            started = Programs.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }

        using var process = started;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
