using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using Mysticeti.Consensus;
using Mysticeti.Runner.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <param name="Status">ok, missing or busy.</param>
/// <param name="Detail">The version found, or what the thing is for and how to get it.</param>
internal sealed record Finding(string Name, string Status, string Detail);

/// <summary>Looks at the machine.</summary>
internal static class Doctor
{
    private const string Ok = "ok", Missing = "missing";
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var tools = Task.WhenAll(
            ToolAsync(".NET SDK", "dotnet", "--version", "builds the project: https://dot.net", cancellationToken),
            ToolAsync("Docker", "docker", "--version", "only needed for networks in containers", cancellationToken),
            ToolAsync("Pulumi", "pulumi", "version", "only needed for --stack", cancellationToken),
            ToolAsync("OpenSSH client", "ssh", "-V", "only needed to log in on remote hosts", cancellationToken));
        var findings = await tools;
        return [findings[0], Validator(), OpenSsl(), Ports(), .. findings[1..]];
    }

    private static Finding Validator()
    {
        try
        {
            return new Finding("validator", Ok, ValidatorExecutable.Find());
        }
        catch (NetworkException exception)
        {
            return new Finding("validator", Missing, exception.Message);
        }
    }

    /// <summary>Signs and checks: the only proof that the library at hand can.</summary>
    private static Finding OpenSsl()
    {
        try
        {
            using var privateKey = new Ed25519.PrivateKey(new byte[Ed25519.KeySize]);
            using var publicKey = new Ed25519.PublicKey(privateKey.PublicKey.Span);
            var signature = new byte[Ed25519.SignatureSize];
            privateKey.Sign("doctor"u8, signature);
            return publicKey.Verify("doctor"u8, signature)
                ? new Finding("OpenSSL", Ok, "Ed25519 signatures work")
                : new Finding("OpenSSL", Missing, "Ed25519 signatures do not verify; install OpenSSL 3");
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException or TypeInitializationException)
        {
            return new Finding("OpenSSL", Missing, Values.OneLine((exception.InnerException ?? exception).Message));
        }
    }

    private static Finding Ports()
    {
        var ports = PortPlan.ForOneHost(CommitteeSpecification.MinSize, basePort: null).All();
        return FreePorts.FirstOccupied(ports, IPAddress.Loopback) is { } taken
            ? new Finding("ports", "busy", $"port {taken} is in use; embedded networks need --base-port 0 until it is free")
            : new Finding("ports", Ok, "26657-26660, 26670-26673 and 26700-26703 are free");
    }

    private static async Task<Finding> ToolAsync(string name, string file, string argument, string purpose, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, argument) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ToolTimeout);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
                await process.WaitForExitAsync(limit.Token);
                var version = string.Concat(texts).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
                return process.ExitCode == 0 ? new Finding(name, Ok, Values.OneLine(version)) : new Finding(name, Missing, $"{file} does not work; {purpose}");
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Win32Exception)
        {
            return new Finding(name, Missing, purpose);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Finding(name, Missing, $"{file} does not answer; {purpose}");
        }
    }
}
