using Renci.SshNet;
using Renci.SshNet.Common;

namespace Mysticeti.Engine.Ssh;

/// <summary>
/// Logs in with SSH.NET, inside this process: no client need be installed. It knows neither agents nor jump hosts; who needs them takes
/// <c>--ssh-client openssh</c>. Host keys are checked against the user's known_hosts.
/// </summary>
public sealed class SshNetTransport(SshSettings settings) : ISshTransport
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public string Name => "ssh.net";

    /// <inheritdoc/>
    public async Task<SshSession> ConnectAsync(SshTarget target, CancellationToken cancellationToken)
    {
        var known = KnownHosts.Load(settings.ConfigFile);
        var connection = new ConnectionInfo(target.Host, target.Port, target.User, new PrivateKeyAuthenticationMethod(target.User, KeyOf(target))) { Timeout = settings.Timeout };
        AskForKnownKeys(connection, known.TypesOf(target));
        var client = new SshClient(connection) { KeepAliveInterval = KeepAlive };
        string? refusal = null;
        client.HostKeyReceived += (_, key) =>
        {
            refusal = known.Check(target, key.HostKey, settings.TrustNewHosts);
            key.CanTrust = refusal is null;
        };
        try
        {
            await client.ConnectAsync(cancellationToken);
            return new SshNetSession(target, client);
        }
        catch (Exception error) when (error is Renci.SshNet.Common.SshException or System.Net.Sockets.SocketException or ProxyException)
        {
            client.Dispose();
            throw new SshException(refusal ?? Explain(target, error), error);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>A host has keys of several types; only of those that are known can it be told whether they are right.</summary>
    private static void AskForKnownKeys(ConnectionInfo connection, IReadOnlySet<string> types)
    {
        if (types.Count == 0) return;
        foreach (var algorithm in connection.HostKeyAlgorithms.Keys.ToArray())
        {
            var type = algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal) ? "ssh-rsa" : algorithm;
            if (!types.Contains(type)) connection.HostKeyAlgorithms.Remove(algorithm);
        }
    }

    private PrivateKeyFile KeyOf(SshTarget target)
    {
        var path = target.KeyPath ?? throw new SshException($"{target} needs a private key: set MYSTICETI_NODE{{n}}_SSH_KEY, or use --ssh-client openssh for the keys of an agent");
        try
        {
            return settings.Passphrase is { } passphrase ? new PrivateKeyFile(path, passphrase) : new PrivateKeyFile(path);
        }
        catch (Exception error) when (error is Renci.SshNet.Common.SshException or IOException or UnauthorizedAccessException)
        {
            throw new SshException($"the key {path} cannot be used: {error.Message}", error);
        }
    }

    private static string Explain(SshTarget target, Exception exception) => exception is SshAuthenticationException
        ? SshMessages.Explain(target, $"Permission denied: {exception.Message}")
        : SshMessages.Explain(target, exception.Message);
}
