using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mysticeti.Consensus;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <param name="Status">ok, missing or busy.</param>
/// <param name="Detail">The version found, or what the thing is for and how to get it.</param>
internal sealed record Finding(string Name, string Status, string Detail);

/// <summary>Looks at the machine.</summary>
internal static class Doctor
{
    internal const string Ok = "ok", Missing = "missing";
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var root = ValidatorSources.Find()?.Root;
        var tools = await Task.WhenAll(
            ToolAsync(
                // Where the project lies: a global.json of the working directory would choose another one, even one of its own.
                ".NET SDK", "dotnet", ["--version"], "builds the project: https://dot.net", cancellationToken, root ?? AppContext.BaseDirectory),
            ToolAsync("Docker engine", "docker", ["version", "--format", "{{.Server.Version}}"], "needed for networks in containers; install Docker Engine and start it", cancellationToken),
            ComposeAsync(cancellationToken),
            ToolAsync("Pulumi", "pulumi", ["version"], "needed for --stack: https://www.pulumi.com/docs/install", cancellationToken),
            ToolAsync("Pulumi login", "pulumi", ["whoami", "--non-interactive"], "needed for --stack; log in, for example locally: pulumi login --local", cancellationToken),
            ToolAsync("OpenSSH client", "ssh", ["-V"], "needed to log in on remote hosts", cancellationToken));
        return [tools[0], PackageFeed.Examine(root), Validator(), Libsodium(), OpenSsl(), Ports(), Disk(), .. tools[1..], PulumiPassphrase(), SshKeys()];
    }

    private static Finding Disk()
    {
        const long Wanted = 5L << 30;
        var free = new DriveInfo(Path.GetFullPath(".")).AvailableFreeSpace;
        return free >= Wanted
            ? new Finding("disk", Ok, $"{free >> 30} GiB free")
            : new Finding("disk", Missing, $"{free >> 20} MiB free; images and long runs need {Wanted >> 30} GiB");
    }

    /// <summary>State that Pulumi keeps in files is encrypted with a passphrase; it asks for one where none is set.</summary>
    private static Finding PulumiPassphrase()
    {
        string[] variables = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];
        return variables.FirstOrDefault(name => Environment.GetEnvironmentVariable(name) is not null) is { } set
            ? new Finding("Pulumi secrets", Ok, $"{set} is set")
            : new Finding("Pulumi secrets", Missing, $"needed for --stack with local state: set {variables[0]} or {variables[1]}");
    }

    private static Finding SshKeys()
    {
        var directory = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");
        var keys = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "id_*").Where(file => !file.EndsWith(".pub", StringComparison.Ordinal)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray()
            : [];
        return keys.Length > 0
            ? new Finding("SSH keys", Ok, $"{string.Join(", ", keys)} in {directory}")
            : new Finding("SSH keys", Missing, $"needed for remote networks; none in {directory}: ssh-keygen -t ed25519");
    }

    private static async Task<Finding> ComposeAsync(CancellationToken cancellationToken)
    {
        const string Name = "Docker Compose";
        var plugin = await ToolAsync(Name, "docker", ["compose", "version", "--short"], "", cancellationToken);
        return plugin.Status == Ok
            ? plugin
            : await ToolAsync(Name, "docker-compose", ["version", "--short"], "needed for compose files; install the Compose plugin (Debian: docker-compose)", cancellationToken);
    }

    private static Finding Validator()
    {
        try
        {
            return new Finding("validator", Ok, ValidatorExecutable.Find());
        }
        catch (NetworkException error)
        {
            return new Finding("validator", Missing, error.Message);
        }
    }

    /// <summary>Signs and checks: the only proof that the libsodium which came with the packages can do so here.</summary>
    private static Finding Libsodium()
    {
        const string Name = "libsodium";
        try
        {
            using var privateKey = new Ed25519.PrivateKey(new byte[Ed25519.KeySize]);
            var publicKey = new Ed25519.PublicKey(privateKey.PublicKey.Span);
            var signature = new byte[Ed25519.SignatureSize];
            privateKey.Sign("doctor"u8, signature);
            return publicKey.Verify("doctor"u8, signature)
                ? new Finding(Name, Ok, "Ed25519 signatures work")
                : new Finding(Name, Missing, "Ed25519 signatures do not verify; build again from restored packages");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or PlatformNotSupportedException
            or InvalidOperationException or TypeInitializationException)
        {
            return new Finding(Name, Missing, $"Ed25519 signatures do not work here: {Values.OneLine((error.InnerException ?? error).Message)}");
        }
    }

    /// <summary>On Linux .NET takes TLS from OpenSSL, and ends a process that needs it where there is none. So it is looked for before it is asked.</summary>
    private static Finding OpenSsl()
    {
        const string Name = "OpenSSL";
        const long FirstWithTls13 = 0x1_01_01_00_0;
        if (!OperatingSystem.IsLinux()) return new Finding(Name, Ok, "not needed: TLS comes from the operating system");
        if (!NativeLibrary.TryLoad("libssl.so.3", out _) && !NativeLibrary.TryLoad("libssl.so.1.1", out _))
            return new Finding(Name, Missing, "needed for TLS 1.3; install OpenSSL 3 (Debian, Ubuntu: libssl3)");
        var version = SafeEvpPKeyHandle.OpenSslVersion;
        var text = $"{version >> 28}.{(version >> 20) & 0xff}";
        return version >= FirstWithTls13
            ? new Finding(Name, Ok, $"{text}, which has TLS 1.3")
            : new Finding(Name, Missing, $"{text} has no TLS 1.3; install OpenSSL 3 (Debian, Ubuntu: libssl3)");
    }

    private static Finding Ports()
    {
        var ports = PortPlan.ForOneHost(CommitteeSpecification.MinSize, basePort: null).All();
        return FreePorts.FirstOccupied(ports, IPAddress.Loopback) is { } taken
            ? new Finding("ports", "busy", $"port {taken} is in use; embedded networks need --base-port 0 until it is free")
            : new Finding("ports", Ok, "26657-26660, 26670-26673 and 26700-26703 are free");
    }

    private static async Task<Finding> ToolAsync(string name, string file, string[] arguments, string purpose, CancellationToken cancellationToken, string? directory = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ToolTimeout);
        try
        {
            var result = await Tool.TryRunAsync(file, arguments, limit.Token, directory);
            return result switch
            {
                null => new Finding(name, Missing, purpose),
                { Succeeded: true } => new Finding(name, Ok, Values.OneLine(result.OutputLines is [var version, ..] ? version : result.Reason)),
                _ => new Finding(name, Missing, $"{Values.OneLine(result.Reason)}; {purpose}"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Finding(name, Missing, $"{file} does not answer; {purpose}");
        }
    }
}
