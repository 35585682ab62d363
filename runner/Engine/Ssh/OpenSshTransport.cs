using System.Globalization;

namespace Mysticeti.Engine.Ssh;

/// <summary>
/// Logs in with the system's own <c>ssh</c>, so that agent, configuration file, jump hosts and known hosts are what the user is used to.
/// The commands of a session share one connection.
/// </summary>
public sealed class OpenSshTransport : ISshTransport, IDisposable
{
    /// <summary>How long the shared connection outlives this program where that is killed.</summary>
    private const string Lingering = "30";

    private const string PassphraseVariable = "MYSTICETI_SSH_ANSWER";

    private readonly SshSettings _settings;
    private readonly DirectoryInfo _sockets;
    private int _sessions;

    public OpenSshTransport(SshSettings settings)
    {
        _settings = settings;
        // Names of sockets have room for 104 bytes only. The directory is nobody else's.
        _sockets = Directory.CreateTempSubdirectory("mst-");
        if (settings.Passphrase is null || OperatingSystem.IsWindows()) return;
        File.WriteAllText(AskPass, $"#!/bin/sh\nprintf '%s\\n' \"${PassphraseVariable}\"\n");
        File.SetUnixFileMode(AskPass, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <inheritdoc/>
    public string Name => "openssh";

    private string AskPass => Path.Combine(_sockets.FullName, "askpass");

    /// <inheritdoc/>
    public async Task<SshSession> ConnectAsync(SshTarget target, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(_sockets.FullName, Interlocked.Increment(ref _sessions).ToString(CultureInfo.InvariantCulture));
        var session = new OpenSshSession(target, Arguments(target, socket), Environment(), socket);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // ConnectTimeout does not cover a server that is silent after the connection.
            limit.CancelAfter(_settings.Timeout * 2);
            await session.RunAsync(["true"], "", limit.Token);
            return session;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await session.DisposeAsync();
            throw new SshException($"{target} does not answer within {_settings.Timeout.TotalSeconds * 2:0.#} s");
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public void Dispose()
    {
        if (_sockets.Exists) _sockets.Delete(recursive: true);
    }

    private string[] Arguments(SshTarget target, string socket)
    {
        var seconds = Math.Ceiling(_settings.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] authentication = _settings.Passphrase is null
            ? ["-o", "BatchMode=yes"]
            : ["-o", "PasswordAuthentication=no", "-o", "KbdInteractiveAuthentication=no", "-o", "NumberOfPasswordPrompts=1"];
        return
        [
            .. _settings.ConfigFile is { } file ? (string[])["-F", file] : [],
            .. authentication,
            "-o", $"ConnectTimeout={seconds}",
            "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
            "-o", $"StrictHostKeyChecking={(_settings.TrustNewHosts ? "accept-new" : "yes")}",
            "-o", "ControlMaster=auto", "-o", $"ControlPath={socket}", "-o", $"ControlPersist={Lingering}",
            "-o", "LogLevel=ERROR",
            .. target.KeyPath is { } key ? (string[])["-i", key] : [],
            .. target.Port == 22 ? [] : (string[])["-p", target.Port.ToString(CultureInfo.InvariantCulture)],
            "-l", target.User,
        ];
    }

    private Dictionary<string, string> Environment() => _settings.Passphrase is { } passphrase
        ? new() { ["SSH_ASKPASS"] = AskPass, ["SSH_ASKPASS_REQUIRE"] = "force", [PassphraseVariable] = passphrase }
        : [];
}
