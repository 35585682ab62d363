using System.ComponentModel;
using System.Diagnostics;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Networks;

/// <summary>Reads what a Pulumi stack exports.</summary>
internal static class PulumiStack
{
    /// <summary>The network of a stack of the Pulumi project in the working directory.</summary>
    /// <exception cref="TopologyException">There is no Pulumi, no such stack, or its outputs are not what the contract says.</exception>
    public static async Task<NetworkOutputs> ReadAsync(string stack, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("pulumi") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["stack", "output", "--json", "--non-interactive", "--stack", stack]) start.ArgumentList.Add(word);
        using var process = Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? NetworkOutputs.Parse(await output, $"stack '{stack}'")
                : throw new TopologyException($"stack '{stack}' cannot be read: {FirstLine(await error)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new TopologyException("pulumi could not be started");
        }
        catch (Win32Exception exception)
        {
            throw new TopologyException("--stack needs pulumi, which is not installed; install it, or pass the stack's outputs in a file with --outputs", exception);
        }
    }

    private static string FirstLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "pulumi does not say why";
}
