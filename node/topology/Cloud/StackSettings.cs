using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mysticeti.Topology.Cloud;

/// <summary>Who hosts a stack's network.</summary>
public enum Provider
{
    /// <summary>Containers of the local Docker engine.</summary>
    Docker,

    /// <summary>Amazon EC2.</summary>
    Aws,

    /// <summary>Vultr.</summary>
    Vultr,

    /// <summary>Machines that are there already.</summary>
    Hosts,
}

/// <summary>A stack's configuration, checked and complete: every default is filled in.</summary>
public sealed record StackSettings
{
    /// <summary>Keys of all settings, without the namespace <c>mysticeti:</c>, and what they are.</summary>
    public static ImmutableSortedDictionary<string, string> Keys { get; } = new Dictionary<string, string>
    {
        ["provider"] = "docker, aws, vultr or hosts",
        ["committee"] = "number of validators, 4 to 200 [4]",
        ["flavor"] = "mysticeti (ours), cometbft or scalarorg: what the image speaks [mysticeti]",
        ["image"] = "image of the validators; built here and delivered unless it is named [mysticeti-validator:local]",
        ["basePort"] = "docker: first published port [RPC 26657+i, ABCI 26670+i]",
        ["subnet"] = "docker: addresses of the containers [172.20.0.0/16]; aws: of each region's network [10.77.0.0/16]",
        ["memoryMb"] = "docker: memory of each container in MB, 256 or more [no limit]",
        ["cpus"] = "docker: processors of each container, for example 1.5 [no limit]",
        ["services"] = "docker: true for the experiment services with PostgreSQL, and monitoring, beside the network [false]",
        ["monitoring"] = "docker, aws, vultr: true for Prometheus and Grafana beside the network; on a cloud an instance of their own [false]",
        ["parameters"] = "file of local parameters of every validator (JSON), absolute or from ~/ [each has its default]",
        ["regions"] = "aws, vultr: regions, separated by commas; validator i is in region i mod their number [us-east-1; ewr]; docker: AWS regions that a wide-area network is emulated between [none]",
        ["instanceType"] = "aws: instance type; vultr: plan [c6i.large; vc2-2c-4gb]",
        ["instanceUsd"] = "price of one instance in US dollars an hour, instead of the list price known here",
        ["maxHourlyUsd"] = "aws, vultr: the stack is refused if its estimated cost in US dollars an hour is higher [2]",
        ["ttlHours"] = "aws, vultr: hours after which instances end themselves, 1 to 720 [8]",
        ["operatorCidrs"] = "aws, vultr: addresses that may use SSH and RPC, separated by commas, for example 203.0.113.7/32; required",
        ["sshPublicKeyPath"] = "aws, vultr: public key that the instances accept [~/.ssh/id_ed25519.pub]",
        ["sshPrivateKeyPath"] = "aws, vultr, hosts: private key to log in with [~/.ssh/id_ed25519]",
        ["unsafeFaultInjection"] = "true lets whoever reaches RPC make validators misbehave, for fault plans [false]",
        ["sshHostKeys"] = "hosts: host key of each machine, 'ssh-ed25519 AAAA..' as ssh-keyscan prints it, separated by commas; checked at every log-in [not checked]",
        ["hosts"] = "hosts: user@host or user@host:port of each validator's machine, separated by commas [from MYSTICETI_NODE{n}_HOST]",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public required Provider Provider { get; init; }

    /// <summary>The stack's name, which is the network's.</summary>
    public required string Name { get; init; }

    public required int Committee { get; init; }

    /// <summary>One of <see cref="NetworkOutputs.Flavors"/>.</summary>
    public required string Flavor { get; init; }

    public required string Image { get; init; }

    public int? BasePort { get; init; }

    public string? Subnet { get; init; }

    public int? MemoryMb { get; init; }

    public string? Cpus { get; init; }

    public bool Monitoring { get; init; }

    /// <summary>Whether the experiment services run beside the network.</summary>
    public bool Services { get; init; }

    /// <summary>Whether the validators can be made to misbehave.</summary>
    public bool UnsafeFaultInjection { get; init; }

    /// <summary>Local parameters of every validator; null: each has its defaults.</summary>
    public ParametersFile? Parameters { get; init; }

    /// <summary>Regions that the validators are dealt out to in turn: a cloud's, or those that containers emulate.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    public string? InstanceType { get; init; }

    /// <summary>US dollars an hour for one instance.</summary>
    public decimal InstanceUsd { get; init; }

    public decimal MaxHourlyUsd { get; init; }

    public int TtlHours { get; init; }

    public ImmutableArray<string> OperatorCidrs { get; init; } = [];

    /// <summary>Absolute path.</summary>
    public string? SshPublicKeyPath { get; init; }

    /// <summary>Absolute path.</summary>
    public string? SshPrivateKeyPath { get; init; }

    public ImmutableArray<RemoteHost> Hosts { get; init; } = [];

    /// <summary>The SSH host key of each of <see cref="Hosts"/>, as in authorized_keys; empty: they are not known.</summary>
    public ImmutableArray<string> SshHostKeys { get; init; } = [];

    /// <summary>Whether the image is built from this source tree and carried to where it runs.</summary>
    public bool BuildsImage => Image == ContainerImages.Validator;

    /// <summary>The processor of the hosts that are reached over SSH, x64 or arm64. Graviton types have a g after the generation's number.</summary>
    public string Architecture => Provider == Provider.Aws && InstanceType!.Split('.')[0].SkipWhile(c => !char.IsAsciiDigit(c)).Skip(1).Contains('g') ? "arm64" : "x64";

    /// <summary>How many instances a cloud has to give: one for each validator, and one that watches them.</summary>
    public int Instances => Committee + (Monitoring ? 1 : 0);

    /// <summary>What the stack is estimated to cost in US dollars an hour.</summary>
    public decimal HourlyUsd => Provider is Provider.Aws or Provider.Vultr ? Instances * InstanceUsd : 0;

    /// <summary>Finds keys that nobody reads: a slip of the pen would otherwise be a default taken in silence.</summary>
    /// <param name="keys">Full keys of a stack's configuration; those of other namespaces do not matter.</param>
    /// <exception cref="TopologyException">One is unknown.</exception>
    public static void CheckKeys(IEnumerable<string> keys)
    {
        const string Own = "mysticeti:";
        if (keys.FirstOrDefault(key => key.StartsWith(Own, StringComparison.Ordinal) && !Keys.ContainsKey(key[Own.Length..])) is { } unknown)
            throw new TopologyException($"{unknown} is not known; the keys are {string.Join(", ", Keys.Keys)}");
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="stack">The stack's name.</param>
    /// <param name="value">Gives the value of a key of <see cref="Keys"/>, or null.</param>
    /// <param name="environment">Variables: the home directory, and the hosts where no key names them.</param>
    /// <exception cref="TopologyException">A value is wrong: one line that names the key and says how to mend it.</exception>
    public static StackSettings Read(string stack, Func<string, string?> value, IReadOnlyDictionary<string, string> environment)
    {
        var read = new SettingReader(value, environment);
        var provider = read.Choice("provider", null, ("docker", Provider.Docker), ("aws", Provider.Aws), ("vultr", Provider.Vultr), ("hosts", Provider.Hosts));
        var flavor = read.Text("flavor") ?? NetworkOutputs.Mysticeti;
        if (!NetworkOutputs.Flavors.Contains(flavor)) throw SettingReader.Wrong("flavor", flavor, $"one of {string.Join(", ", NetworkOutputs.Flavors)}");
        if (flavor != NetworkOutputs.Mysticeti && read.Text("image") is null) throw new TopologyException($"mysticeti:image is missing: flavor {flavor} needs the name of its image");
        if (flavor != NetworkOutputs.Mysticeti && provider != Provider.Docker) throw SettingReader.Wrong("flavor", flavor, "mysticeti, unless the provider is docker");
        var settings = new StackSettings
        {
            Provider = provider,
            Name = stack,
            Committee = read.Whole("committee", CommitteeSpecification.MinSize, CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize, "a committee tolerates f of 3f+1 faults, so at least 4"),
            Flavor = flavor,
            Image = read.Text("image") ?? ContainerImages.Validator,
            Monitoring = read.Choice("monitoring", false, ("true", true), ("false", false)),
            Services = read.Choice("services", false, ("true", true), ("false", false)),
            UnsafeFaultInjection = read.Choice("unsafeFaultInjection", false, ("true", true), ("false", false)),
            Parameters = read.Text("parameters") is null ? null : ReadParameters(read),
        };
        foreach (var key in (string[])["parameters", "regions"])
        {
            if (flavor != NetworkOutputs.Mysticeti && read.Text(key) is { } text) throw SettingReader.Wrong(key, text, $"left out: it means nothing to flavor {flavor}");
        }

        settings = provider switch
        {
            Provider.Docker => settings.WithDocker(read),
            Provider.Hosts => settings.WithHosts(read, environment),
            _ => settings.WithCloud(read),
        };
        if (settings.Monitoring && provider == Provider.Hosts) throw SettingReader.Wrong("monitoring", "true", "false where the provider is hosts");
        if (settings.Services && (provider != Provider.Docker || flavor != NetworkOutputs.Mysticeti))
            throw SettingReader.Wrong("services", "true", "false, unless the provider is docker and the flavor mysticeti");
        return settings with { Monitoring = settings.Monitoring || settings.Services };
    }

    private StackSettings WithDocker(SettingReader read)
    {
        var settings = this with
        {
            BasePort = read.Text("basePort") is null ? null : read.Whole("basePort", 0, 1, 65_535, "a port"),
            Subnet = read.Text("subnet") ?? "172.20.0.0/16",
            MemoryMb = read.Text("memoryMb") is null ? null : read.Whole("memoryMb", 0, 256, 1_048_576, "megabytes"),
            Cpus = read.Text("cpus") is null ? null : read.Amount("cpus", 0, 0.1m, 1024).ToString(CultureInfo.InvariantCulture),
            Regions = read.List("regions"),
        };
        if (!settings.Regions.IsEmpty)
            SettingReader.Check("regions", () => settings = settings with { Parameters = (settings.Parameters ?? ParametersFile.Defaults).Between(settings.Regions) });
        // The plan knows what fits on one host's ports and in a subnet.
        SettingReader.Check(settings.BasePort is null ? "committee" : "basePort", () => PortPlan.ForOneHost(settings.Committee, settings.BasePort));
        SettingReader.Check("subnet", () => settings.ContainerPlan());
        if (Services || Monitoring) settings.CheckCompanions();
        return settings;
    }

    /// <summary>The plan of the containers.</summary>
    public ContainerPlan ContainerPlan() => Topology.ContainerPlan.Create(
        new CommitteeSpecification { Name = Name, Size = Committee, Parameters = Parameters, HeartbeatUrl = Services ? ServicePlan.HeartbeatUrl : null, UnsafeFaultInjection = UnsafeFaultInjection }
            .DealtTo(Regions),
        BasePort,
        Subnet!);

    // The containers beside the validators need addresses and ports, too.
    private void CheckCompanions()
    {
        const int Most = 4;
        SettingReader.Check("subnet", () => ContainerPlan().Companion(Most - 1));
        var (prometheus, grafana) = MonitoringFiles.PublishedPorts(Services);
        var taken = PortPlan.ForOneHost(Committee, BasePort).All().Intersect([prometheus, grafana, .. Services ? ServicePlan.Ports.Values : []]).ToArray();
        if (taken.Length > 0)
            throw SettingReader.Wrong("basePort", $"{BasePort}", $"one that leaves {string.Join(", ", taken)} to the services beside the network");
    }

    private static ParametersFile ReadParameters(SettingReader read)
    {
        var path = read.Path("parameters", "");
        if (!Path.IsPathRooted(path)) throw SettingReader.Wrong("parameters", path, "absolute, or start with ~/");
        var parameters = ParametersFile.Defaults;
        SettingReader.Check("parameters", () => parameters = ParametersFile.Load(path));
        return parameters;
    }

    private StackSettings WithHosts(SettingReader read, IReadOnlyDictionary<string, string> environment)
    {
        var key = read.Path("sshPrivateKeyPath", "~/.ssh/id_ed25519");
        var hosts = read.Text("hosts") is { } list
            ? [.. list.Split(',', StringSplitOptions.TrimEntries).Select((entry, index) => Host(entry, index, key))]
            : RemoteHosts.FromEnvironment(environment).Hosts;
        if (hosts.Length != Committee)
            throw new TopologyException($"mysticeti:hosts names {hosts.Length} machines and mysticeti:committee is {Committee}: name one machine for each validator");
        var twice = hosts.GroupBy(host => host.Host, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new TopologyException($"mysticeti:hosts names {twice.Key} twice: each validator needs a machine of its own");
        foreach (var host in hosts) SettingReader.CheckFile("sshPrivateKeyPath", host.SshKeyPath);
        var hostKeys = read.List("sshHostKeys");
        if (!hostKeys.IsEmpty && hostKeys.Length != Committee) throw new TopologyException($"mysticeti:sshHostKeys has {hostKeys.Length} keys for {Committee} machines: give one for each");
        foreach (var hostKey in hostKeys.Where(hostKey => !IsPublicKey(hostKey))) throw SettingReader.Wrong("sshHostKeys", hostKey, "a type and a key in base64 each, for example ssh-ed25519 AAAA..");
        return this with { Hosts = hosts, SshPrivateKeyPath = key, SshHostKeys = hostKeys };
    }

    private static bool IsPublicKey(string text) => text.Split(' ') is [{ Length: > 0 }, var key] && Convert.TryFromBase64String(key, new byte[key.Length], out var length) && length > 0;

    private StackSettings WithCloud(SettingReader read)
    {
        var catalog = CloudCatalog.Of(Provider);
        var type = read.Text("instanceType") ?? catalog.DefaultType;
        decimal? listed = catalog.Prices.TryGetValue(type, out var price) ? price : null;
        if (listed is null && read.Text("instanceUsd") is null)
            throw SettingReader.Wrong("instanceType", type, $"one whose price is known here ({string.Join(", ", catalog.Prices.Keys)}), or set mysticeti:instanceUsd, its price in US dollars an hour");
        var regions = read.List("regions") is { Length: > 0 } named ? named : [catalog.DefaultRegion];
        foreach (var region in regions.Where(region => !catalog.Regions.Contains(region)))
            throw SettingReader.Wrong("regions", region, $"one of {string.Join(", ", catalog.Regions)}");
        if (regions.Distinct().Count() < regions.Length) throw new TopologyException("mysticeti:regions names a region twice: validators are dealt out to them in turn");
        var settings = this with
        {
            Regions = regions,
            InstanceType = type,
            InstanceUsd = read.Text("instanceUsd") is null ? listed!.Value + catalog.ExtrasUsd : read.Amount("instanceUsd", 0, 0, 1000),
            MaxHourlyUsd = read.Amount("maxHourlyUsd", 2, 0, 100_000),
            TtlHours = read.Whole("ttlHours", 8, 1, 720, "hours"),
            OperatorCidrs = OperatorAddresses(read),
            SshPublicKeyPath = read.Path("sshPublicKeyPath", "~/.ssh/id_ed25519.pub"),
            SshPrivateKeyPath = read.Path("sshPrivateKeyPath", "~/.ssh/id_ed25519"),
            Subnet = read.Text("subnet") ?? "10.77.0.0/16",
        };
        if (Provider == Provider.Aws) SettingReader.Check("subnet", () => RegionNetworks.Of(settings));
        SettingReader.CheckFile("sshPublicKeyPath", settings.SshPublicKeyPath);
        SettingReader.CheckFile("sshPrivateKeyPath", settings.SshPrivateKeyPath);
        if (settings.HourlyUsd > settings.MaxHourlyUsd)
        {
            throw new TopologyException(string.Create(
                CultureInfo.InvariantCulture,
                $"the stack would cost about {settings.HourlyUsd:0.00} USD an hour, more than mysticeti:maxHourlyUsd {settings.MaxHourlyUsd:0.00}: take fewer or smaller instances, or raise it"));
        }

        return settings;
    }

    private static ImmutableArray<string> OperatorAddresses(SettingReader read)
    {
        var cidrs = read.List("operatorCidrs");
        if (cidrs.IsEmpty)
            throw new TopologyException("mysticeti:operatorCidrs is missing: name the addresses that may use SSH and RPC, for example your own with /32");
        foreach (var cidr in cidrs)
        {
            if (!IPNetwork.TryParse(cidr, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
                throw SettingReader.Wrong("operatorCidrs", cidr, "an IPv4 network, for example 203.0.113.7/32");
            if (network.PrefixLength < 8) throw SettingReader.Wrong("operatorCidrs", cidr, "narrower than /8: nothing here is open to the world");
        }

        return cidrs;
    }

    private static RemoteHost Host(string entry, int index, string keyPath)
    {
        var at = entry.IndexOf('@', StringComparison.Ordinal);
        var address = entry[(at + 1)..];
        var (host, port) = HostPort.TryParse(address, out var parsed) ? (parsed.Host, parsed.Port) : (address, 22);
        return at > 0 && HostPort.IsHost(host) ? new RemoteHost(index, host, port, entry[..at], keyPath) : throw SettingReader.Wrong("hosts", entry, "user@host or user@host:port");
    }
}
