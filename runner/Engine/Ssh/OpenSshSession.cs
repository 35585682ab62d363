using System.ComponentModel;
using System.Diagnostics;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Ssh;

/// <summary>One login by the system's <c>ssh</c>: each command is a process of it that uses the shared connection.</summary>
internal sealed class OpenSshSession(SshTarget target, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> environment, string socket)
    : SshSession(target)
{
    /// <summary>What <c>ssh</c> itself ends with where the connection fails.</summary>
    private const int ConnectionFailed = 255;

    /// <summary>Closes the shared connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (!File.Exists(socket)) return;
        try
        {
            using var process = Start([.. options, "-O", "exit", Target.Host]);
            process.StandardInput.Close();
            await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
        }
        catch (SshException)
        {
            // It ends by itself after a while.
        }
    }

    /// <inheritdoc/>
    protected override async Task<(int ExitCode, string Error)> ExecuteAsync(
        IReadOnlyList<string> command, Stream input, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        // ssh hands the remote shell one line: each word is quoted for it.
        using var process = Start([.. options, Target.Host, "--", ShellText.Join(command)]);
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
                ? throw new SshException(SshMessages.Explain(Target, await error))
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
            return Programs.Start(start);
        }
        catch (Win32Exception error)
        {
            throw new SshException("the OpenSSH client (ssh) is not installed", error);
        }
    }
}
