using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;
using Mysticeti.Engine.Networks.Containers;
using Mysticeti.Engine.Nodes;
using Spectre.Console;

namespace Mysticeti.Runner.Cli;

/// <summary>Shows networks and how their nodes are.</summary>
internal static class NetworkStatus
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed record Row(int Index, string Name, int? Pid, string? Container, string RpcUrl, bool Running, bool Ready, long? Round, long? CommitIndex, long? Peers);

    private sealed record Network(string Name, DateTimeOffset StartedAt, bool Detached, IReadOnlyList<Row> Nodes);

    public static async Task WriteAsync(
        IReadOnlyList<NetworkState> networks, IReadOnlyList<ContainerState> containerNetworks, bool json, Shell shell, CancellationToken cancellationToken)
    {
        using var client = new NodeClient();
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

        if (json) await shell.Out.WriteLineAsync(JsonSerializer.Serialize(shown, Format));
        else if (shown.Count == 0) await shell.Out.WriteLineAsync("no network is running here");
        else foreach (var network in shown) shell.Screen.Show(Passage(network));
    }

    private static async Task<Row> AskAsync(NodeClient client, NodeState node, CancellationToken cancellationToken)
    {
        var running = node.Process.IsAlive();
        var report = running ? await NodeProbe.AskAsync(client, node.RpcUrl, cancellationToken) : NodeReport.Silent;
        return new Row(
            node.Index, node.Name, node.Process.Pid, null, node.RpcUrl.OriginalString, running, report.Ready, report.Round, report.CommitIndex, report.Peers);
    }

    private static async Task<Row> AskAsync(NodeClient client, ContainerNode node, bool running, CancellationToken cancellationToken)
    {
        var report = running ? await NodeProbe.AskAsync(client, node.RpcUrl, cancellationToken) : NodeReport.Silent;
        return new Row(
            node.Index, node.Container, null, node.Container, node.RpcUrl.OriginalString, running, report.Ready, report.Round, report.CommitIndex, report.Peers);
    }

    private static Passage Passage(Network network)
    {
        var table = new TextTable("#", "name", "pid", "rpc url", "state", ">round", ">commit", ">peers");
        foreach (var row in network.Nodes)
            table.Add($"{row.Index}", row.Name, row.Pid is null ? "docker" : Number(row.Pid), row.RpcUrl, State(row), Number(row.Round), Number(row.CommitIndex), Number(row.Peers));
        var how = network.Detached ? ", detached" : "";
        return new Passage([string.Create(CultureInfo.InvariantCulture, $"network '{network.Name}', started {network.StartedAt:yyyy-MM-dd HH:mm:ss} UTC{how}")], table);
    }

    private static Cell State(Row row) =>
        !row.Running ? new Cell("ended", Color.Red) : row.Ready ? new Cell("ready", Color.Green) : new Cell("not ready", Color.Yellow);

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
