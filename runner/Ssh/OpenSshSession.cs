using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Ssh;

/// <summary>One login by the system's <c>ssh</c>: each command is a process of it that uses the shared connection.</summary>
internal sealed class OpenSshSession(SshTarget target, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> environment, string socket)
    : ISshSession
{
    /// <summary>What <c>ssh</c> itself ends with where the connection fails.</summary>
    private const int ConnectionFailed = 255;

    /// <inheritdoc/>
    public SshTarget Target => target;

    /// <inheritdoc/>
    public async Task<SshResult> RunAsync(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(input));
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

    /// <summary>Closes the shared connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!File.Exists(socket)) return;
        try
        {
            using var process = Start([.. options, "-O", "exit", target.Host]);
            process.StandardInput.Close();
            await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
        }
        catch (SshException)
        {
            // It ends by itself after a while.
        }
    }

    private async Task<(int ExitCode, string Error)> RunAsync(
        IReadOnlyList<string> command, Stream input, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        // ssh hands the remote shell one line: each word is quoted for it.
        using var process = Start([.. options, target.Host, "--", ShellText.Join(command)]);
        try
        {
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var copying = process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
            try
            {
                await SshUpload.CopyAsync(input, process.StandardInput.BaseStream, progress, cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // The other end reads no more: its exit code and its error say why.
            }

            await Task.WhenAll(copying, error, process.WaitForExitAsync(cancellationToken));
            return process.ExitCode == ConnectionFailed
                ? throw new SshException(SshMessages.Explain(target, await error))
                : (process.ExitCode, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("ssh", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start) ?? throw new SshException("ssh could not be started");
        }
        catch (Win32Exception exception)
        {
            throw new SshException("the OpenSSH client (ssh) is not installed", exception);
        }
    }
}
