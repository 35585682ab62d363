using System.Text.Json;

namespace Mysticeti.Topology;

/// <summary>The JSON of <see cref="NetworkOutputs"/>.</summary>
internal static class NetworkOutputsFormat
{
    private const int MaxNodes = 10_000;

    public static NetworkOutputs Read(ReadOnlySpan<byte> json, string source)
    {
        var root = JsonField.ParseObject(json, source);
        var names = root.Names().ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0) throw root.Wrong("has no outputs, not even network: is the stack up?");
        return Network(names.Contains("network") ? root.Required("network").Object() : root);
    }

    public static byte[] Write(NetworkOutputs network) => JsonFile.Write(json =>
    {
        json.WriteNumber("schemaVersion", NetworkOutputs.SchemaVersion);
        json.WriteString("name", network.Name);
        json.WriteString("type", network.Type);
        json.WriteString("provider", network.Provider);
        json.WriteString("flavor", network.Flavor);
        json.WriteNumber("committeeSize", network.CommitteeSize);
        json.WriteStartArray("nodes");
        foreach (var node in network.Nodes) WriteNode(json, node);
        json.WriteEndArray();
        json.WriteStartObject("monitoring");
        json.WriteString("prometheusUrl", network.Monitoring.PrometheusUrl?.OriginalString);
        json.WriteString("grafanaUrl", network.Monitoring.GrafanaUrl?.OriginalString);
        json.WriteEndObject();
        json.WriteNumber("costPerHourUsd", network.CostPerHourUsd);
    });

    private static NetworkOutputs Network(JsonField network)
    {
        network.Required("schemaVersion").Int32(NetworkOutputs.SchemaVersion, NetworkOutputs.SchemaVersion);
        var name = network.Required("name").Text();
        var type = network.Required("type").Text();
        var flavor = network.Required("flavor");
        if (!NetworkOutputs.Flavors.Contains(flavor.Text()))
            throw flavor.Wrong($"is '{flavor.Text()}'; it must be one of {string.Join(", ", NetworkOutputs.Flavors)}");
        var committeeSize = network.Required("committeeSize");
        var size = committeeSize.Int32(1, MaxNodes);
        var nodes = network.Required("nodes").Items().Select(Node).ToArray();
        if (nodes.Length != size) throw committeeSize.Wrong($"is {size}, but nodes has {nodes.Length} entries");
        CheckIndexes(network.Required("nodes").Items(), nodes);
        return new NetworkOutputs
        {
            Name = name,
            Type = type,
            Provider = OptionalText(network, "provider") ?? "unknown",
            Flavor = flavor.Text(),
            Nodes = [.. nodes.OrderBy(node => node.Index)],
            Monitoring = Monitoring(network.Optional("monitoring")),
            CostPerHourUsd = network.Optional("costPerHourUsd") is { IsNothing: false } cost ? cost.Amount() : 0,
        };
    }

    private static NodeOutput Node(JsonField item)
    {
        var node = item.Object();
        var index = node.Required("index").Int32(0, MaxNodes - 1);
        var name = node.Required("name").Text();
        var rpcUrl = node.Required("rpcUrl").Url();
        return new NodeOutput
        {
            Index = index,
            Name = name,
            Region = OptionalText(node, "region") ?? "unknown",
            Host = OptionalText(node, "host") ?? rpcUrl.DnsSafeHost,
            RpcUrl = rpcUrl,
            MetricsUrl = OptionalUrl(node, "metricsUrl"),
            AbciAddress = OptionalText(node, "abciAddress"),
            Container = OptionalText(node, "container"),
            Ssh = node.Optional("ssh") is { IsNothing: false } ssh ? Ssh(ssh.Object()) : null,
        };
    }

    private static void CheckIndexes(IReadOnlyList<JsonField> items, NodeOutput[] nodes)
    {
        var positions = new Dictionary<int, int>();
        for (var i = 0; i < nodes.Length; i++)
        {
            var index = nodes[i].Index;
            if (!positions.TryAdd(index, i)) throw items[i].Required("index").Wrong($"is {index}, which nodes[{positions[index]}] has too");
            if (index >= nodes.Length) throw items[i].Required("index").Wrong($"is {index}; it must be from 0 to {nodes.Length - 1}");
        }
    }

    private static SshOutput Ssh(JsonField ssh) => new(
        ssh.Required("host").Text(),
        ssh.Optional("port") is { IsNothing: false } port ? port.Int32(1, 65535) : 22,
        ssh.Required("user").Text(),
        OptionalText(ssh, "privateKeyPath"));

    private static MonitoringOutput Monitoring(JsonField monitoring) => monitoring.IsNothing
        ? new MonitoringOutput(null, null)
        : new MonitoringOutput(OptionalUrl(monitoring.Object(), "prometheusUrl"), OptionalUrl(monitoring, "grafanaUrl"));

    private static string? OptionalText(JsonField parent, string name) => parent.Optional(name) is { IsNothing: false } field ? field.Text() : null;

    private static Uri? OptionalUrl(JsonField parent, string name) => parent.Optional(name) is { IsNothing: false } field ? field.Url() : null;

    private static void WriteNode(Utf8JsonWriter json, NodeOutput node)
    {
        json.WriteStartObject();
        json.WriteNumber("index", node.Index);
        json.WriteString("name", node.Name);
        json.WriteString("region", node.Region);
        json.WriteString("host", node.Host);
        json.WriteString("rpcUrl", node.RpcUrl.OriginalString);
        json.WriteString("metricsUrl", node.MetricsUrl?.OriginalString);
        json.WriteString("abciAddress", node.AbciAddress);
        json.WriteString("container", node.Container);
        if (node.Ssh is { } ssh)
        {
            json.WriteStartObject("ssh");
            json.WriteString("host", ssh.Host);
            json.WriteNumber("port", ssh.Port);
            json.WriteString("user", ssh.User);
            json.WriteString("privateKeyPath", ssh.PrivateKeyPath);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("ssh");
        }

        json.WriteEndObject();
    }
}
