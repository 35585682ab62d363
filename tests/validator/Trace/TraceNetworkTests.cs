using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Mysticeti.Consensus;
using Mysticeti.Protocol;
using Mysticeti.Topology;
using Mysticeti.Validator.Node;
using Mysticeti.Validator.Tests.Rpc;

namespace Mysticeti.Validator.Tests.Trace;

/// <summary>The trace of real validators, over their RPC.</summary>
public sealed class TraceNetworkTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-test-").FullName;
    private readonly List<ValidatorNode> _nodes = [];
    private readonly HttpClient _http = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_transaction_can_be_followed_from_the_mempool_to_the_same_commit_on_all_validators()
    {
        var plan = GenesisFiles.Write(GenesisFiles.Specify(committee: 4, basePort: 0), _directory, TimeProvider.System);
        var parameters = Path.Combine(_directory, "parameters.json");
        await File.WriteAllTextAsync(parameters, """{ "traceSampleRate": 1, "traceEntries": 100000 }""");
        foreach (var launch in plan.Nodes)
        {
            _nodes.Add(await ValidatorNode.StartAsync(
                new RunOptions
                {
                    AuthorityIndex = launch.Index, GenesisPath = launch.GenesisPath, KeyPath = launch.KeyPath, WorkingDirectory = launch.WorkingDirectory,
                    Bind = IPAddress.Loopback, RpcPort = launch.RpcPort, PeerPort = launch.PeerPort, ParametersPath = parameters,
                },
                NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None));
        }

        var transaction = "follow me"u8.ToArray();
        var hash = Digest.Of(transaction).ToString();
        await Until.TrueAsync(() => _nodes[0].Status.Ready);
        Assert.Equal(SubmitOutcome.Accepted, _nodes[0].Submit(transaction).Outcome);
        var commits = new HashSet<long>();
        foreach (var launch in plan.Nodes)
        {
            var entries = await FollowAsync(launch.RpcPort, entry => Is(entry, "tx_committed", hash));
            commits.Add(entries.Single(entry => Is(entry, "tx_committed", hash)).GetProperty("commit_index").GetInt64());
            var kinds = entries.Select(Kind).ToHashSet();
            Assert.Empty(((string[])["node_started", "peer_up", "block_proposed", "block_received", "block_accepted", "round_advanced", "leader_decided"]).Except(kinds));
            Assert.Equal(launch.Index == 0, kinds.Contains("tx_received"));
            Assert.Equal(launch.Index == 0, entries.Any(entry => Is(entry, "tx_included", hash)));
            Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (long)i), entries.Select(entry => entry.GetProperty("seq").GetInt64()));
        }

        Assert.Single(commits);
        var metrics = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{plan.Nodes[0].RpcPort}/metrics"));
        Assert.Matches("(?m)^mysticeti_block_commit_latency_seconds_count [1-9]", metrics);
        Assert.Matches("(?m)^mysticeti_round_duration_seconds_count [1-9]", metrics);
        Assert.Matches("(?m)^mysticeti_build_info\\{version=\"[0-9.]+\"\\} 1$", metrics);
    }

    private static string Kind(JsonElement entry) => entry.GetProperty("kind").GetString()!;

    private static bool Is(JsonElement entry, string kind, string hash) => Kind(entry) == kind && entry.GetProperty("tx").GetString() == hash;

    private async Task<List<JsonElement>> FollowAsync(int port, Func<JsonElement, bool> last)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var entries = new List<JsonElement>();
        while (!entries.Any(last))
        {
            var after = entries.Count == 0 ? 0 : entries[^1].GetProperty("seq").GetInt64();
            var text = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/v1/trace?after={after}&limit=10000"), limit.Token);
            using var json = JsonDocument.Parse(text);
            entries.AddRange(json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.Clone()));
        }

        return entries;
    }
}
