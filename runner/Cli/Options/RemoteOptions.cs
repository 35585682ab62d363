using System.Collections;
using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Remote;
using Mysticeti.Engine.Ssh;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of every command that can bring up a network on other machines. Which machines, the environment says.</summary>
internal sealed class RemoteOptions
{
    /// <summary>Opens the private key; in the environment, because other users can read command lines.</summary>
    public const string PassphraseVariable = "MYSTICETI_SSH_PASSPHRASE";

    public readonly Option<string?> Client = TextOption.Create(
        "--ssh-client", string.Join('|', SshTransports.Names), SshTransports.Names[0], "Remote networks: who speaks SSH; openssh is the system's own ssh, with its agent and configuration");

    public readonly Option<bool> TrustNewHosts = TextOption.Flag(
        "--trust-new-hosts", "Remote networks: take and remember the keys of hosts that are not in known_hosts; keys that have changed are always refused");

    public readonly Option<string?> ConfigFile = TextOption.Create("--ssh-config", "FILE", null, "Remote networks: OpenSSH configuration file instead of the user's own");

    public readonly Option<string?> Runtime = TextOption.Create(
        "--host-runtime", "process|systemd|docker", "process", "Remote networks: how validators run; process needs no rights, the others root or sudo");

    public readonly Option<string?> Package = TextOption.Create(
        "--validator-package", "DIRECTORY", null, "Remote networks: a validator published for the hosts; by default it is published from the sources");

    public IEnumerable<Option> All => [Client, TrustNewHosts, ConfigFile, Runtime, Package];

    /// <exception cref="TopologyException">The environment does not name hosts.</exception>
    /// <exception cref="UsageException">A value is wrong.</exception>
    public RemoteNetworkSettings Read(ParseResult arguments, EmbeddedNetworkSettings common, Shell shell, bool committeeGiven)
    {
        var hosts = RemoteHosts.FromEnvironment(Variables()).Hosts;
        if (committeeGiven && common.Committee != hosts.Length)
            throw new UsageException($"--committee {common.Committee} contradicts the environment, which names {hosts.Length} hosts; leave it out");
        if (common.BasePort == 0) throw new UsageException("--base-port 0 is for networks on this machine; hosts need ports that are known before");
        var runtime = Values.Choice(
            Runtime.Name, arguments.Text(Runtime), ("process", HostRuntime.Process), ("systemd", HostRuntime.Systemd), ("docker", HostRuntime.Docker));
        if (runtime == HostRuntime.Docker && arguments.IsGiven(Package))
            throw new UsageException($"{Package.Name} is for processes and services; with {Runtime.Name} docker the hosts get an image, which is built here");
        return new RemoteNetworkSettings
        {
            Hosts = hosts,
            BasePort = common.BasePort,
            Name = common.Name ?? "remote",
            Runtime = runtime,
            PackageDirectory = arguments.IsGiven(Package) ? arguments.Text(Package) : null,
            Parameters = common.Parameters,
            Regions = common.Regions,
            Cleanup = common.Cleanup,
            LocalDirectory = Path.Combine(Path.GetDirectoryName(shell.NetworksDirectory) ?? ".", "remote"),
        };
    }

    /// <summary>Makes the transport; called once, by who disposes of it.</summary>
    public Func<ISshTransport> ReadTransport(ParseResult arguments)
    {
        var settings = new SshSettings
        {
            Timeout = RemoteHosts.FromEnvironment(Variables()).SshTimeout,
            TrustNewHosts = arguments.GetValue(TrustNewHosts),
            ConfigFile = arguments.IsGiven(ConfigFile) ? Existing(arguments.Text(ConfigFile)) : null,
            Passphrase = Environment.GetEnvironmentVariable(PassphraseVariable) is { Length: > 0 } passphrase ? passphrase : null,
        };
        var name = Values.Choice(Client.Name, arguments.Text(Client), [.. SshTransports.Names.Select(client => (client, client))]);
        return () => SshTransports.Create(name, settings);
    }

    private string Existing(string path) => File.Exists(path) ? path : throw new UsageException($"{ConfigFile.Name} '{Values.OneLine(path)}' names no file");

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => entry.Value as string ?? "");
}
