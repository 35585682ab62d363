using System.Globalization;
using System.Text;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Cli;

/// <summary>Prints the logs of embedded validators.</summary>
internal static class NetworkLogs
{
    private const int LongestLine = 1024 * 1024;
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    /// <param name="Node">What stands before each line where there are several logs.</param>
    public sealed record Log(string Node, string Path);

    /// <param name="node">Index, <c>node{i}</c>, or full name; null for all nodes.</param>
    /// <exception cref="UsageException">There is no such network, or no such node.</exception>
    public static IReadOnlyList<Log> Find(NetworkDirectories directories, string network, string? node)
    {
        var logs = Enumerable.Range(0, int.MaxValue)
            .Select(index => new Log(string.Create(CultureInfo.InvariantCulture, $"node{index}"), directories.LogOf(network, index)))
            .TakeWhile(log => Directory.Exists(Path.GetDirectoryName(log.Path)))
            .ToArray();
        if (logs.Length == 0) throw new UsageException($"there is no network '{network}' here; mysticeti network status lists those that run");
        if (node is null) return logs;
        var wanted = node.StartsWith("mysticeti-", StringComparison.Ordinal) ? node["mysticeti-".Length..] : node;
        var found = logs.FirstOrDefault(log => log.Node == wanted || log.Node == $"node{wanted}");
        return found is not null ? [found] : throw new UsageException($"network '{network}' has no node '{Values.OneLine(node)}'; its nodes are 0 to {logs.Length - 1}");
    }

    public static async Task WriteAsync(IReadOnlyList<Log> logs, int lines, bool follow, Shell shell, CancellationToken cancellationToken)
    {
        // Remembered before the end is printed: a line may come twice then, but none is left out.
        var positions = logs.Select(log => File.Exists(log.Path) ? new FileInfo(log.Path).Length : 0).ToArray();
        foreach (var log in logs)
        {
            foreach (var line in LogFile.LastLines(log.Path, lines)) await WriteLineAsync(logs, log, line, shell.Out);
        }

        while (follow)
        {
            await Task.Delay(FollowInterval, shell.Time, cancellationToken);
            for (var i = 0; i < logs.Count; i++) positions[i] = await CopyNewLinesAsync(logs, logs[i], positions[i], shell.Out, cancellationToken);
        }
    }

    /// <summary>Prints the complete lines from <paramref name="position"/> on.</summary>
    /// <returns>Where the next line starts.</returns>
    private static async Task<long> CopyNewLinesAsync(IReadOnlyList<Log> logs, Log log, long position, TextWriter output, CancellationToken cancellationToken)
    {
        if (!File.Exists(log.Path)) return position;
        await using var file = LogFile.Open(log.Path);
        if (file.Length < position) position = 0;
        file.Position = position;
        var buffer = new byte[Math.Min(file.Length - position, LongestLine)];
        var read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var end = buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        if (end == 0 && read < LongestLine) return position;
        if (end == 0) end = read;
        foreach (var line in Encoding.UTF8.GetString(buffer, 0, end).TrimEnd('\n').Split('\n')) await WriteLineAsync(logs, log, line, output);
        return position + end;
    }

    private static Task WriteLineAsync(IReadOnlyList<Log> logs, Log log, string line, TextWriter output) =>
        output.WriteLineAsync(logs.Count == 1 ? line : $"{log.Node} | {line}");
}
