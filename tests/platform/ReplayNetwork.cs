using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

/// <summary>
/// The traces of a committee that goes round by round without a fault, each on a port of its own. Entries are computed as they are asked for: nothing is stored, and a ring
/// of the validators' size bounds how long they can be fetched.
/// </summary>
internal sealed class ReplayNetwork : IAsyncDisposable
{
    private const int Ring = 65_536;
    private const int CommitDelay = 3;

    private readonly WebApplication _app;
    private readonly int _size;
    private readonly long _rounds;
    private readonly double _entriesPerSecond;
    private readonly long _startNs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
    private readonly long _start = TimeProvider.System.GetTimestamp();

    private ReplayNetwork(int size, long rounds, double entriesPerSecond)
    {
        (_size, _rounds, _entriesPerSecond) = (size, rounds, entriesPerSecond);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < size; i++) kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.MapGet("/v1/trace", (RequestDelegate)TraceAsync);
    }

    /// <summary>A node's entries a round: every block received or proposed, and accepted; one decision, one commit, one advance.</summary>
    public int EntriesARound => (2 * _size) + 3;

    public long Blocks => _rounds * _size * _size;

    public long Commits => (_rounds - CommitDelay) * _size;

    public NetworkOutputs Outputs => new()
    {
        Name = "replay", Type = "local", Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. _app.Urls.Select((url, i) => new NodeOutput { Index = i, Name = $"mysticeti-node{i}", Host = "127.0.0.1", RpcUrl = new Uri(url) })],
    };

    /// <param name="entriesPerSecond">Of all nodes together.</param>
    public static async Task<ReplayNetwork> StartAsync(int size, long rounds, double entriesPerSecond)
    {
        var network = new ReplayNetwork(size, rounds, entriesPerSecond / size);
        await network._app.StartAsync();
        return network;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TraceAsync(HttpContext context)
    {
        var port = context.Connection.LocalPort;
        var node = _app.Urls.Select((url, i) => (new Uri(url).Port, i)).First(pair => pair.Port == port).i;
        var (after, limit) = (long.Parse(context.Request.Query["after"]!, null), long.Parse(context.Request.Query["limit"]!, null));
        var last = Math.Min(_rounds * EntriesARound, (long)(TimeProvider.System.GetElapsedTime(_start).TotalSeconds * _entriesPerSecond));
        var oldest = Math.Max(1, last - Ring + 1);
        var first = Math.Max(after + 1, oldest);
        var json = new StringBuilder(
            $"{{\"node\":\"mysticeti-node{node}\",\"authority\":{node},\"boot_id\":\"boot\",\"deployment_id\":\"replay\",\"oldest_seq\":{oldest},\"next_seq\":{last + 1},\"dropped\":{oldest - 1},\"entries\":[");
        for (var seq = first; seq <= Math.Min(last, first + limit - 1); seq++)
        {
            if (seq > first) json.Append(',');
            json.Append(CultureInfo.InvariantCulture, $"{{\"seq\":{seq},\"ts_ns\":{_startNs + (long)(seq / _entriesPerSecond * 1e9)},");
            Append(json, node, (seq - 1) / EntriesARound + 1, (int)((seq - 1) % EntriesARound));
            json.Append('}');
        }

        await context.Response.WriteAsync(json.Append("]}").ToString());
    }

    private void Append(StringBuilder json, int node, long round, int place)
    {
        var (author, accepted) = (place / 2, place % 2 == 1);
        if (author < _size)
        {
            var kind = accepted ? "block_accepted" : author == node ? "block_proposed" : "block_received";
            json.Append($"\"kind\":\"{kind}\",\"block\":{Block(round, author)},\"tx_count\":4,\"bytes\":2048");
            if (accepted) json.Append($",\"types\":{{\"opaque\":4}},\"origin\":\"{(author == node ? "own" : "stream")}\"");
            else if (author != node) json.Append($",\"peer\":{author},\"origin\":\"stream\"");
            return;
        }

        var committed = round - CommitDelay;
        var leader = (int)(Math.Max(committed, 0) % _size);
        if (committed < 1 || place == 2 * _size) json.Append($"\"kind\":\"round_advanced\",\"round\":{round}");
        else if (place == (2 * _size) + 1) json.Append($"\"kind\":\"leader_decided\",\"round\":{committed},\"offset\":0,\"authority\":{leader},\"status\":\"direct-commit\",\"block\":{Block(committed, leader)}");
        else
        {
            json.Append($"\"kind\":\"subdag_committed\",\"commit_index\":{committed},\"anchor\":{Block(committed, leader)},\"blocks\":[")
                .AppendJoin(',', Enumerable.Range(0, _size).Select(i => Block(committed, i)))
                .Append($"],\"tx_count\":{4 * _size},\"bytes\":{2048 * _size},\"chain_digest\":\"{committed:x64}\"");
        }
    }

    private static string Block(long round, int author) => $"{{\"round\":{round},\"author\":{author},\"digest\":\"{round:x32}{author:x32}\"}}";
}
