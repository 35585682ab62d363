using System.Text;

namespace Mysticeti.Engine.Ssh;

/// <summary>A login on one host. Commands may run at the same time.</summary>
public abstract class SshSession(SshTarget target) : IAsyncDisposable
{
    public SshTarget Target => target;

    /// <summary>Runs a command and waits for its end.</summary>
    /// <param name="command">The program and its arguments; each arrives as it stands, whatever is in it.</param>
    /// <param name="input">What it reads from its standard input.</param>
    /// <exception cref="SshException">The connection was lost; the command may have run.</exception>
    public async Task<SshResult> RunAsync(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var output = new MemoryStream();
        var (exitCode, error) = await ExecuteAsync(command, content, output, null, cancellationToken);
        return new SshResult(exitCode, Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length), error);
    }

    /// <summary>
    /// Writes a file with mode 0600. It has its name only once it is complete; where the connection is cut, the host deletes what has come.
    /// </summary>
    /// <param name="content">Exactly <paramref name="length"/> bytes.</param>
    /// <param name="path">Absolute; its directory exists.</param>
    /// <param name="progress">Takes the bytes sent so far.</param>
    /// <exception cref="SshException">The connection was lost, or the host has no room for it.</exception>
    public async Task UploadAsync(Stream content, long length, string path, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var (exitCode, error) = await ExecuteAsync(SshUpload.Command(path, length), content, Stream.Null, progress, cancellationToken);
        if (exitCode != 0) throw new SshException($"{target}: {SshMessages.LastLine(error, $"{path} could not be written")}");
    }

    /// <summary>Copies a file of the host.</summary>
    /// <exception cref="SshException">The connection was lost, or the file cannot be read.</exception>
    public async Task DownloadAsync(string path, Stream destination, CancellationToken cancellationToken)
    {
        var (exitCode, error) = await ExecuteAsync(["cat", "--", path], Stream.Null, destination, null, cancellationToken);
        if (exitCode != 0) throw new SshException($"{target}: {SshMessages.LastLine(error, $"{path} could not be read")}");
    }

    /// <summary>Logs out.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Runs a command on the host, all of <paramref name="input"/> going there and its standard output coming here meanwhile.</summary>
    /// <param name="progress">Takes the bytes of the input sent so far.</param>
    /// <returns>How it ended, and its standard error.</returns>
    /// <exception cref="SshException">The connection was lost; the command may have run.</exception>
    protected abstract Task<(int ExitCode, string Error)> ExecuteAsync(
        IReadOnlyList<string> command, Stream input, Stream output, IProgress<long>? progress, CancellationToken cancellationToken);
}
