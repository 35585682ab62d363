#if SSHNET
using System.Text;
using Mysticeti.Topology;
using Renci.SshNet;

namespace Mysticeti.Runner.Ssh;

/// <summary>One login by SSH.NET: each command is a channel of its connection.</summary>
internal sealed class SshNetSession(SshTarget target, SshClient client) : ISshSession
{
    /// <inheritdoc/>
    public SshTarget Target => target;

    /// <inheritdoc/>
    public async Task<SshResult> RunAsync(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var output = new MemoryStream();
        var (exitCode, error) = await RunAsync(command, content, output, null, cancellationToken);
        return new SshResult(exitCode, Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length), error);
    }

    /// <inheritdoc/>
    public async Task UploadAsync(Stream content, long length, string path, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var (exitCode, error) = await RunAsync(SshUpload.Command(path, length), content, Stream.Null, progress, cancellationToken);
        if (exitCode != 0) throw new SshException($"{target}: {SshMessages.LastLine(error, $"{path} could not be written")}");
    }

    /// <inheritdoc/>
    public async Task DownloadAsync(string path, Stream destination, CancellationToken cancellationToken)
    {
        var (exitCode, error) = await RunAsync(["cat", "--", path], Stream.Null, destination, null, cancellationToken);
        if (exitCode != 0) throw new SshException($"{target}: {SshMessages.LastLine(error, $"{path} could not be read")}");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(int ExitCode, string Error)> RunAsync(
        IReadOnlyList<string> words, Stream input, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            // A connection that was cut is made again, as the other transport does.
            if (!client.IsConnected) await client.ConnectAsync(cancellationToken);
            using var command = client.CreateCommand(ShellText.Join(words));
            var running = command.ExecuteAsync(cancellationToken);
            // Its streams know only blocking reads, which end with the command.
            var copying = Task.Run(() => command.OutputStream.CopyTo(output), CancellationToken.None);
            await using (var stream = command.CreateInputStream())
                await SshUpload.CopyAsync(input, stream, progress, cancellationToken);
            await running;
            await copying;
            return (command.ExitStatus ?? -1, command.Error);
        }
        catch (Exception exception) when (exception is Renci.SshNet.Common.SshException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            throw new SshException($"no connection to {target}: {exception.Message}", exception);
        }
    }
}
#endif
