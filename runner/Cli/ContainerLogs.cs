using System.Diagnostics;
using System.Globalization;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks.Containers;

namespace Mysticeti.Runner.Cli;

/// <summary>Prints the logs of validators in containers.</summary>
internal static class ContainerLogs
{
    /// <param name="node">Index or container name; null for all nodes.</param>
    /// <param name="lines">Lines from the end of each log.</param>
    /// <param name="follow">Go on with what is written from now on.</param>
    /// <exception cref="UsageException">There is no such node.</exception>
    public static Task WriteAsync(ContainerState network, string? node, int lines, bool follow, Shell shell, CancellationToken cancellationToken)
    {
        var wanted = network.Nodes
            .Where(candidate => node is null || node == candidate.Container || node == candidate.Index.ToString(CultureInfo.InvariantCulture) || $"mysticeti-{node}" == candidate.Container)
            .ToArray();
        if (wanted.Length == 0) throw new UsageException($"network '{network.Name}' has no node '{Values.OneLine(node!)}'; its nodes are 0 to {network.Nodes.Length - 1}");
        var output = TextWriter.Synchronized(shell.Out);
        return follow
            ? Task.WhenAll(wanted.Select(container => CopyAsync(container, Prefix(container), lines, follow, output, cancellationToken)))
            : InOrderAsync();

        string Prefix(ContainerNode container) => wanted.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"node{container.Index} | ");

        async Task InOrderAsync()
        {
            foreach (var container in wanted) await CopyAsync(container, Prefix(container), lines, follow, output, cancellationToken);
        }
    }

    private static async Task CopyAsync(ContainerNode node, string prefix, int lines, bool follow, TextWriter output, CancellationToken cancellationToken)
    {
        string[] arguments = ["logs", "--tail", lines.ToString(CultureInfo.InvariantCulture), .. follow ? (string[])["--follow"] : [], node.Container];
        using var logs = DockerEngine.Follow(arguments);
        try
        {
            await Task.WhenAll(CopyAsync(logs.StandardOutput), CopyAsync(logs.StandardError));
        }
        finally
        {
            End(logs);
        }

        async Task CopyAsync(StreamReader from)
        {
            while (await from.ReadLineAsync(cancellationToken) is { } line) await output.WriteLineAsync($"{prefix}{line}");
        }
    }

    private static void End(Process logs)
    {
        if (!logs.HasExited) logs.Kill();
    }
}
