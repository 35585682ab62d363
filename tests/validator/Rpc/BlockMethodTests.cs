using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Validator.Commits;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class BlockMethodTests
{
    private const string Header =
        """
        {"version":{"block":""},"chain_id":"","height":"","time":"","last_block_id":{"hash":"","parts":{"total":0,"hash":""}},"last_commit_hash":"","data_hash":"",
         "validators_hash":"","next_validators_hash":"","consensus_hash":"","app_hash":"","last_results_hash":"","evidence_hash":"","proposer_address":""}
        """;

    private const string BlockId = """{"hash":"","parts":{"total":0,"hash":""}}""";
    private const string TxResult = """{"code":0,"data":null,"log":"","info":"","gas_wanted":"","gas_used":"","events":[],"codespace":""}""";

    [Fact]
    public async Task A_committed_sub_dag_is_a_block_of_its_height()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var first = rpc.Node.Commit("a", "b");
        rpc.Node.Commit("c");
        rpc.Node.Commit(Array.Empty<byte[]>());
        var block = await rpc.CallAsync("block", """{"height":"2"}""");
        Shape.Matches(
            $$$$"""
            {"block_id":{{{{BlockId}}}},"block":{"header":{{{{Header}}}},"data":{"txs":[""]},"evidence":{"evidence":[]},
             "last_commit":{"height":"","round":0,"block_id":{{{{BlockId}}}},"signatures":[]}}}
            """,
            block);
        Assert.Equal(Hex(FakeNode.ChainDigest(2)), block.GetProperty("block_id").GetProperty("hash").GetString());
        var header = block.GetProperty("block").GetProperty("header");
        Assert.Equal("2", header.GetProperty("height").GetString());
        Assert.Equal(Hex(first.AppHash), header.GetProperty("app_hash").GetString());
        Assert.Equal(Hex(FakeNode.ChainDigest(1)), header.GetProperty("last_block_id").GetProperty("hash").GetString());
        Assert.Equal(["Yw=="], block.GetProperty("block").GetProperty("data").GetProperty("txs").EnumerateArray().Select(tx => tx.GetString()));

        Assert.Equal("3", (await rpc.CallAsync("block")).GetProperty("block").GetProperty("header").GetProperty("height").GetString());
        var (_, byUri) = await rpc.GetAsync("/block?height=2");
        Assert.Equal(block.GetRawText(), byUri.GetProperty("result").GetRawText());
        (_, byUri) = await rpc.GetAsync("/block?height=%222%22");
        Assert.Equal(block.GetRawText(), byUri.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Header_commit_and_block_results_have_their_shapes()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a", "a");
        Shape.Matches($$$$"""{"header":{{{{Header}}}}}""", await rpc.CallAsync("header"));
        Shape.Matches(
            $$$$"""{"signed_header":{"header":{{{{Header}}}},"commit":{"height":"","round":0,"block_id":{{{{BlockId}}}},"signatures":[]}},"canonical":true}""", await rpc.CallAsync("commit"));
        var results = await rpc.CallAsync("block_results", """["1"]""");
        Shape.Matches(
            $$$$"""{"height":"","txs_results":[{{{{TxResult}}}}],"finalize_block_events":[],"validator_updates":[],"consensus_param_updates":null,"app_hash":""}""", results);
        Assert.Equal([0, 1], results.GetProperty("txs_results").EnumerateArray().Select(result => result.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Blockchain_lists_at_most_20_headers_newest_first()
    {
        await using var rpc = await RpcFixture.StartAsync();
        for (var i = 0; i < 30; i++) rpc.Node.Commit($"tx {i}");
        var chain = await rpc.CallAsync("blockchain");
        Shape.Matches($$$$"""{"last_height":"","block_metas":[{"block_id":{{{{BlockId}}}},"block_size":"","header":{{{{Header}}}},"num_txs":""}]}""", chain);
        Assert.Equal(Enumerable.Range(11, 20).Reverse(), HeightsOf(chain));
        Assert.Equal([6, 5], HeightsOf((await rpc.GetAsync("/blockchain?minHeight=5&maxHeight=6")).Json.GetProperty("result")));
        var error = await rpc.FailAsync("blockchain", """{"minHeight":"9","maxHeight":"8"}""");
        Assert.Equal("min height 9 can't be greater than max height 8", error.GetProperty("data").GetString());

        static IEnumerable<int> HeightsOf(JsonElement chain) =>
            chain.GetProperty("block_metas").EnumerateArray().Select(meta => int.Parse(meta.GetProperty("header").GetProperty("height").GetString()!, null));
    }

    [Theory]
    [InlineData("0", "height must be greater than 0, but got 0")]
    [InlineData("-3", "height must be greater than 0, but got -3")]
    [InlineData("6", "height 6 must be less than or equal to the current blockchain height 5")]
    [InlineData("1", "height 1 is not available, lowest height is 3")]
    public async Task A_height_that_is_not_there_is_an_error(string height, string data)
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 3 });
        for (var i = 0; i < 5; i++) rpc.Node.Commit($"tx {i}");
        foreach (var method in (string[])["block", "block_results", "header", "commit"])
        {
            var error = await rpc.FailAsync(method, $$"""{"height":"{{height}}"}""");
            Assert.Equal(-32603, error.GetProperty("code").GetInt32());
            Assert.Equal(data, error.GetProperty("data").GetString());
        }
    }

    [Fact]
    public async Task Without_a_commit_there_is_no_block()
    {
        await using var rpc = await RpcFixture.StartAsync();
        Assert.Equal(JsonValueKind.Null, (await rpc.CallAsync("block")).GetProperty("block").ValueKind);
        Assert.Equal(JsonValueKind.Null, (await rpc.CallAsync("header")).GetProperty("header").ValueKind);
        await rpc.FailAsync("block_results");
        await rpc.FailAsync("blockchain");
    }

    [Theory]
    [InlineData("base64")]
    [InlineData("hexadecimal")]
    [InlineData("uri")]
    public async Task A_transaction_is_found_by_its_hash(string notation)
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a");
        rpc.Node.Commit("b", "c");
        var hash = Digest.Of("c"u8);
        var tx = notation switch
        {
            "base64" => await rpc.CallAsync("tx", $$"""{"hash":"{{Convert.ToBase64String(hash.ToArray())}}"}"""),
            "hexadecimal" => await rpc.CallAsync("tx", $$"""["{{Hex(hash)}}",false]"""),
            _ => (await rpc.GetAsync($"/tx?hash=0x{Hex(hash)}&prove=false")).Json.GetProperty("result"),
        };
        Shape.Matches($$$$"""{"hash":"","height":"","index":0,"tx_result":{{{{TxResult}}}},"tx":""}""", tx);
        Assert.Equal(Hex(hash), tx.GetProperty("hash").GetString());
        Assert.Equal("2", tx.GetProperty("height").GetString());
        Assert.Equal(1, tx.GetProperty("index").GetInt32());
        Assert.Equal("Yw==", tx.GetProperty("tx").GetString());
    }

    [Fact]
    public async Task A_transaction_that_is_not_there_is_an_error_that_names_it()
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 1 });
        rpc.Node.Commit("old");
        rpc.Node.Commit("new");
        foreach (var (text, reason) in ((string, string)[])[("unknown", "not among"), ("old", "committed at height 1")])
        {
            var hash = Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));
            var error = await rpc.FailAsync("tx", $$"""{"hash":"{{Convert.ToBase64String(hash.ToArray())}}"}""");
            Assert.Equal(-32603, error.GetProperty("code").GetInt32());
            Assert.StartsWith($"tx ({Hex(hash)}) not found, err: ", error.GetProperty("data").GetString(), StringComparison.Ordinal);
            Assert.Contains(reason, error.GetProperty("data").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal("transaction hash cannot be empty", (await rpc.FailAsync("tx")).GetProperty("data").GetString());
        Assert.StartsWith("tx (6162) not found", (await rpc.FailAsync("tx", """{"hash":"YWI="}""")).GetProperty("data").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public async Task A_proof_leads_from_the_transaction_to_the_data_hash(int count)
    {
        await using var rpc = await RpcFixture.StartAsync();
        var commit = rpc.Node.Commit([.. Enumerable.Range(0, count).Select(i => new[] { (byte)i })]);
        var dataHash = (await rpc.CallAsync("header")).GetProperty("header").GetProperty("data_hash").GetString();
        for (var i = 0; i < count; i++)
        {
            var tx = await rpc.CallAsync("tx", $$"""{"hash":"{{Convert.ToBase64String(commit.Transactions[i].Hash.ToArray())}}","prove":true}""");
            var proof = tx.GetProperty("proof");
            Assert.Equal(dataHash, proof.GetProperty("root_hash").GetString());
            var steps = proof.GetProperty("proof");
            var aunts = steps.GetProperty("aunts").EnumerateArray().Select(aunt => aunt.GetBytesFromBase64()).ToList();
            var leaf = SHA256.HashData([0, .. SHA256.HashData([(byte)i])]);
            Assert.Equal(leaf, steps.GetProperty("leaf_hash").GetBytesFromBase64());
            Assert.Equal(dataHash, Convert.ToHexString(Climb(i, count, leaf, aunts)));
        }
    }

    [Fact]
    public async Task Tx_search_finds_by_hash_and_by_height()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a");
        rpc.Node.Commit([.. Enumerable.Range(0, 35).Select(i => new[] { (byte)i })]);
        var hash = Hex(Digest.Of([7]));

        var found = await Search($"tx.hash='{hash}'");
        Assert.Equal("1", found.GetProperty("total_count").GetString());
        Assert.Equal(hash, found.GetProperty("txs")[0].GetProperty("hash").GetString());
        Assert.Equal(30, (await Search("tx.height=2")).GetProperty("txs").GetArrayLength());
        Assert.Equal("35", (await Search("tx.height=2")).GetProperty("total_count").GetString());
        Assert.Equal([4, 3], IndexesOf(await Search("tx.height=2", ""","page":"4","per_page":"10","order_by":"desc" """)).Take(2));
        Assert.Equal([30, 31, 32, 33, 34], IndexesOf(await Search("tx.height = 2", ""","page":"2" """)));
        Assert.Equal("1", (await Search($"tx.height=2 AND tx.hash='{hash}'")).GetProperty("total_count").GetString());
        Assert.Equal("0", (await Search($"tx.height=1 AND tx.hash='{hash}'")).GetProperty("total_count").GetString());
        Assert.Equal("0", (await Search("tx.height=99")).GetProperty("total_count").GetString());
        var (_, byUri) = await rpc.GetAsync($"/tx_search?query=%22tx.hash='{hash}'%22&prove=true");
        Assert.True(byUri.GetProperty("result").GetProperty("txs")[0].TryGetProperty("proof", out _));
        foreach (var wrong in (string[])["", "tx.height>5", "app.key='x'", "tx.hash='zz'", "tx.height=1 OR tx.height=2"])
            Assert.Equal(-32603, (await rpc.FailAsync("tx_search", $$"""{"query":"{{wrong}}"}""")).GetProperty("code").GetInt32());

        async Task<JsonElement> Search(string query, string more = "") => await rpc.CallAsync("tx_search", $$"""{"query":"{{query}}"{{more}}}""");

        static IEnumerable<int> IndexesOf(JsonElement found) => found.GetProperty("txs").EnumerateArray().Select(tx => tx.GetProperty("index").GetInt32());
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1_500_000_000, "1970-01-01T00:00:01.5Z")]
    [InlineData(1_700_000_000_000_000_001, "2023-11-14T22:13:20.000000001Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(long.MaxValue, "2262-04-11T23:47:16.854775807Z")]
    public void Times_are_written_as_go_writes_them(long unixNs, string expected) =>
        Assert.Equal(expected, Validator.Rpc.CometJson.FormatTime(unixNs));

    // RFC 6962: the path from a leaf to the root, as a client checks it.
    private static byte[] Climb(int index, int total, byte[] leaf, List<byte[]> aunts)
    {
        if (total == 1) return leaf;
        var split = 1;
        while (split * 2 < total) split *= 2;
        var aunt = aunts[^1];
        var rest = aunts[..^1];
        return index < split
            ? SHA256.HashData([1, .. Climb(index, split, leaf, rest), .. aunt])
            : SHA256.HashData([1, .. aunt, .. Climb(index - split, total - split, leaf, rest)]);
    }

    private static string Hex(Digest digest) => Convert.ToHexString(digest.ToArray());
}
