using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Ssh;

/// <summary>A host that one can log in on.</summary>
/// <param name="KeyPath">The private key; null: the client's own choice (agent, configuration, default keys).</param>
public sealed record SshTarget(string Host, int Port, string User, string? KeyPath)
{
    public override string ToString() => Port == 22 ? $"{User}@{Host}" : $"{User}@{Host}:{Port}";
}

/// <summary>How hosts are logged in on.</summary>
public sealed record SshSettings
{
    /// <summary>Longest wait for a connection.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Whether the key of a host that nobody knows yet is taken and remembered; one that has changed never is.</summary>
    public bool TrustNewHosts { get; init; }

    /// <summary>OpenSSH's configuration file (jump hosts, known hosts); null: the user's own.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Opens the private key; null: it has none, or the agent holds it.</summary>
    public string? Passphrase { get; init; }
}

/// <summary>How a command on a host ended.</summary>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record SshResult(int ExitCode, string Output, string Error);

/// <summary>Logs in on hosts.</summary>
public interface ISshTransport
{
    /// <summary>The name that <c>--ssh-client</c> takes.</summary>
    string Name { get; }

    /// <exception cref="SshException">The host cannot be reached, is not who it should be, or does not let us in.</exception>
    Task<SshSession> ConnectAsync(SshTarget target, CancellationToken cancellationToken);
}

/// <summary>Something about a login or a connection failed. The message is one line.</summary>
public sealed class SshException(string message, Exception? inner = null) : CommandException(ExitCodes.Network, message, inner);
