using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mysticeti.Runner.Networks;
using Mysticeti.Runner.Networks.Containers;

namespace Mysticeti.Runner.Cli;

/// <summary>Shows networks and how their nodes are.</summary>
internal static class NetworkStatus
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Row(int Index, string Name, int? Pid, string? Container, string RpcUrl, bool Running, bool Ready, long? Round, long? CommitIndex, long? Peers);

    private sealed record Network(string Name, DateTimeOffset StartedAt, bool Detached, IReadOnlyList<Row> Nodes);

    public static async Task WriteAsync(
        IReadOnlyList<NetworkState> networks, IReadOnlyList<ContainerState> containerNetworks, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        using var client = Readiness.CreateClient();
        var shown = new List<Network>();
        foreach (var state in networks)
        {
            var rows = await Task.WhenAll(state.Nodes.Select(node => AskAsync(client, node, cancellationToken)));
            shown.Add(new Network(state.Name, state.StartedAt, state.Detached, rows));
        }

        foreach (var state in containerNetworks)
        {
            var up = (await DockerEngine.InspectAsync([.. state.Nodes.Select(node => node.Container)], cancellationToken)).Where(container => container.IsUp).Select(container => container.Name).ToHashSet();
            var rows = await Task.WhenAll(state.Nodes.Select(node => AskAsync(client, node, up.Contains(node.Container), cancellationToken)));
            shown.Add(new Network(state.Name, state.StartedAt, true, rows));
        }

        await output.WriteLineAsync(json ? JsonSerializer.Serialize(shown, Format) : Text(shown));
    }

    private static async Task<Row> AskAsync(HttpClient client, NodeState node, CancellationToken cancellationToken)
    {
        var running = node.Process.IsAlive();
        var report = running ? await NodeProbe.AskAsync(client, node.RpcUrl, cancellationToken) : NodeReport.Silent;
        return new Row(
            node.Index, node.Name, node.Process.Pid, null, node.RpcUrl.OriginalString, running, report.Ready, report.Round, report.CommitIndex, report.Peers);
    }

    private static async Task<Row> AskAsync(HttpClient client, ContainerNode node, bool running, CancellationToken cancellationToken)
    {
        var report = running ? await NodeProbe.AskAsync(client, node.RpcUrl, cancellationToken) : NodeReport.Silent;
        return new Row(
            node.Index, node.Container, null, node.Container, node.RpcUrl.OriginalString, running, report.Ready, report.Round, report.CommitIndex, report.Peers);
    }

    private static string Text(List<Network> networks)
    {
        if (networks.Count == 0) return "no network is running here";
        var lines = new List<string>();
        foreach (var network in networks)
        {
            var how = network.Detached ? ", detached" : "";
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"network '{network.Name}', started {network.StartedAt:yyyy-MM-dd HH:mm:ss} UTC{how}"));
            lines.Add("  index  name              pid      rpc url                 state      round      commit     peers");
            lines.AddRange(network.Nodes.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"  {row.Index,-5}  {row.Name,-16}  {row.Pid?.ToString(CultureInfo.InvariantCulture) ?? "docker",-7}  {row.RpcUrl,-22}  {State(row),-9}  {Number(row.Round),-9}  {Number(row.CommitIndex),-9}  {Number(row.Peers)}")));
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static string State(Row row) => !row.Running ? "ended" : row.Ready ? "ready" : "not ready";

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
