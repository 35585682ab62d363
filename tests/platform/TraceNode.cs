using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Mysticeti.Consensus;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Tests;

/// <summary>The HTTP side of a validator: a trace that the test writes, and a genesis.</summary>
internal sealed class TraceNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<string> _entries = [];
    private long _dropped;

    private TraceNode(int index, Committee committee)
    {
        (Index, Keys, PublicKeys) = (index, committee, [.. committee.Keys.Select(key => key.PublicKey)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapGet("/v1/trace", (RequestDelegate)TraceAsync);
        _app.MapGet("/genesis", (RequestDelegate)GenesisAsync);
    }

    public int Index { get; }

    public string Name => $"mysticeti-node{Index}";

    public string BootId { get; set; } = "boot1";

    public string DeploymentKey { get; set; } = "key1";

    /// <summary>Whether requests are refused.</summary>
    public bool IsDown { get; set; }

    public Committee Keys { get; }

    /// <summary>The committee's public keys, as it tells them.</summary>
    public ReadOnlyMemory<byte>[] PublicKeys { get; set; }

    public Uri Url => new(_app.Urls.First());

    /// <summary>Keys of a few validators.</summary>
    internal sealed class Committee : IDisposable
    {
        public Committee(int size) => Keys = [.. Enumerable.Range(0, size).Select(i => new Ed25519.PrivateKey(Enumerable.Repeat((byte)(i + 1), 32).ToArray()))];

        public Ed25519.PrivateKey[] Keys { get; }

        public void Dispose() => Array.ForEach(Keys, key => key.Dispose());
    }

    public static async Task<TraceNode> StartAsync(int index, Committee committee)
    {
        var node = new TraceNode(index, committee);
        await node._app.StartAsync();
        return node;
    }

    public static NetworkOutputs Outputs(params TraceNode[] nodes) => new()
    {
        Name = "test", Type = "local", Flavor = NetworkOutputs.Mysticeti,
        Nodes = [.. nodes.Select(node => new NodeOutput { Index = node.Index, Name = node.Name, Host = "127.0.0.1", RpcUrl = node.Url })],
    };

    /// <summary>Appends entries: the members behind seq and ts_ns.</summary>
    public void Add(params string[] members)
    {
        lock (_lock)
        {
            foreach (var one in members)
            {
                var ns = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000) + _entries.Count;
                _entries.Add(string.Create(CultureInfo.InvariantCulture, $"{{\"seq\":{_entries.Count + 1},\"ts_ns\":{ns},{one}}}"));
            }
        }
    }

    /// <summary>The life of a block of this node: proposed with a sampled transaction and one that is not, accepted, committed.</summary>
    public void AddBlock(long round)
    {
        var block = Block(round, Index);
        var tx = Hash($"tx{Index}/{round}");
        Add(
            $"\"kind\":\"tx_received\",\"tx\":\"{tx}\",\"bytes\":512",
            $"\"kind\":\"block_proposed\",\"block\":{block},\"tx_count\":2,\"bytes\":1024",
            $"\"kind\":\"tx_included\",\"tx\":\"{tx}\",\"type\":\"kv\",\"block\":{block}",
            $"\"kind\":\"block_accepted\",\"block\":{block},\"tx_count\":2,\"bytes\":1024,\"types\":{{\"opaque\":1,\"kv\":1}},\"origin\":\"own\"",
            $"\"kind\":\"round_advanced\",\"round\":{round}");
        AddCommit(round, Index);
        Add($"\"kind\":\"tx_committed\",\"tx\":\"{tx}\",\"commit_index\":{round},\"duplicate\":false");
    }

    /// <summary>The same of a block without transactions, as an idle validator makes them.</summary>
    public void AddEmptyBlock(long round)
    {
        var block = Block(round, Index);
        Add(
            $"\"kind\":\"block_proposed\",\"block\":{block},\"tx_count\":0,\"bytes\":0",
            $"\"kind\":\"block_accepted\",\"block\":{block},\"tx_count\":0,\"bytes\":0,\"types\":{{}},\"origin\":\"own\"");
        AddCommit(round, Index);
    }

    /// <summary>A leader decision and a commit of one block.</summary>
    /// <param name="chain">Which history it belongs to.</param>
    public void AddCommit(long round, int author, string chain = "chain")
    {
        var block = Block(round, author);
        Add(
            $"\"kind\":\"leader_decided\",\"round\":{round},\"offset\":0,\"authority\":{author},\"status\":\"direct-commit\",\"block\":{block}",
            $"\"kind\":\"subdag_committed\",\"commit_index\":{round},\"anchor\":{block},\"blocks\":[{block}],\"tx_count\":2,\"bytes\":1024,\"chain_digest\":\"{Hash($"{chain}{round}")}\"");
    }

    public static string Block(long round, int author) => $"{{\"round\":{round},\"author\":{author},\"digest\":\"{Hash($"block{round}/{author}")}\"}}";

    public static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Starts anew: another boot, an empty trace.</summary>
    public void Restart(string boot, string key)
    {
        lock (_lock)
        {
            (BootId, DeploymentKey, _dropped) = (boot, key, 0);
            _entries.Clear();
        }
    }

    /// <summary>Forgets the oldest entries.</summary>
    public void Drop(int count)
    {
        lock (_lock) _dropped += count;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TraceAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Abort();
            return;
        }

        var (after, limit) = (long.Parse(context.Request.Query["after"]!, null), int.Parse(context.Request.Query["limit"]!, null));
        string body;
        lock (_lock)
        {
            var first = Math.Max(after, _dropped);
            body = $"{{\"node\":\"{Name}\",\"authority\":{Index},\"boot_id\":\"{BootId}\",\"deployment_id\":\"{DeploymentKey}\",\"oldest_seq\":{_dropped + 1},"
                + $"\"next_seq\":{_entries.Count + 1},\"dropped\":{_dropped},\"entries\":[{string.Join(',', _entries.Skip((int)first).Take(limit))}]}}";
        }

        await context.Response.WriteAsync(body);
    }

    private async Task GenesisAsync(HttpContext context)
    {
        var validators = PublicKeys.Select((key, i) => $"{{\"address\":\"\",\"pub_key\":{{\"type\":\"tendermint/PubKeyEd25519\",\"value\":\"{Convert.ToBase64String(key.Span)}\"}},\"power\":\"1\",\"name\":\"mysticeti-node{i}\"}}");
        await context.Response.WriteAsync($"{{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{{\"genesis\":{{\"validators\":[{string.Join(',', validators)}]}}}}}}");
    }
}
