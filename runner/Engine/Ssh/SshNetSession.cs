using Mysticeti.Topology;
using Renci.SshNet;

namespace Mysticeti.Engine.Ssh;

/// <summary>One login by SSH.NET: each command is a channel of its connection.</summary>
internal sealed class SshNetSession(SshTarget target, SshClient client) : SshSession(target)
{
    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task<(int ExitCode, string Error)> ExecuteAsync(
        IReadOnlyList<string> command, Stream input, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            // A connection that was cut is made again, as the other transport does.
            if (!client.IsConnected) await client.ConnectAsync(cancellationToken);
            using var channel = client.CreateCommand(ShellText.Join(command));
            var running = channel.ExecuteAsync(cancellationToken);
            // Its streams know only blocking reads, which end with the command.
            var copying = Task.Run(() => channel.OutputStream.CopyTo(output), CancellationToken.None);
            try
            {
                await using var stream = channel.CreateInputStream();
                await SshUpload.CopyAsync(input, stream, progress, cancellationToken);
            }
            catch (InvalidOperationException)
            {
                // It has ended before it could be written to: its exit code and its error say why.
            }

            await running;
            await copying;
            return (channel.ExitStatus ?? -1, channel.Error);
        }
        catch (Exception error) when (error is Renci.SshNet.Common.SshException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            throw new SshException($"no connection to {Target}: {error.Message}", error);
        }
    }
}
