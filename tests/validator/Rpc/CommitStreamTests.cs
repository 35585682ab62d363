using System.Net;
using System.Net.Sockets;
using System.Text;
using Mysticeti.Validator.Application;
using Mysticeti.Validator.Commits;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class CommitStreamTests
{
    private static readonly RpcOptions Quick = new() { HeartbeatInterval = TimeSpan.FromMilliseconds(30) };

    [Fact]
    public async Task A_stream_tells_everything_of_each_commit()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("first", "second", "first");
        rpc.Node.Commit("third");
        using var response = await OpenAsync(rpc, "?after=0&prefix=5");
        Assert.Equal("application/vnd.mysticeti.commits", response.Content.Headers.ContentType!.ToString());
        var reader = await ReaderAsync(response);
        var commit = await reader.ReadCommitAsync();
        Assert.Equal(
            (1, 2, 1, FakeNode.FirstTimeNs + 1, FakeNode.FirstTimeNs + 1001, FakeNode.ChainDigest(1).ToString()),
            (commit.Index, commit.LeaderRound, commit.LeaderAuthor, commit.LeaderTimestampNs, commit.CommittedAtNs, commit.ChainDigest));
        Assert.Equal([new(5, false, "first"), new(6, false, "secon"), new(5, true, "first")], commit.Transactions);
        Assert.Equal([new(5, false, "third")], (await reader.ReadCommitAsync()).Transactions);
        rpc.Node.Commit("x");
        commit = await reader.ReadCommitAsync();
        Assert.Equal(3, commit.Index);
        Assert.Equal([new(1, false, "x")], commit.Transactions);
    }

    [Fact]
    public async Task Application_hashes_follow_their_commits_where_they_are_asked_for()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var first = rpc.Node.Commit("a=1");
        var second = rpc.Node.Commit("a=2");
        using var response = await OpenAsync(rpc, "?after=0&app_hash=true");
        var reader = await ReaderAsync(response);
        foreach (var commit in (Commit[])[first, second])
        {
            Assert.Equal(commit.Index, (await reader.ReadCommitAsync()).Index);
            Assert.Equal(new AppHashFrame(commit.Index, commit.AppHash.ToString()), await reader.ReadAsync());
        }

        var (status, problem) = await rpc.GetAsync("/v1/commits?app_hash=2");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("app_hash", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_after_a_stream_starts_now_and_shows_no_bytes()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("old");
        using var response = await OpenAsync(rpc, "");
        rpc.Node.Commit("new");
        var commit = await (await ReaderAsync(response)).ReadCommitAsync();
        Assert.Equal(2, commit.Index);
        Assert.Equal([new(3, false, "")], commit.Transactions);
    }

    [Fact]
    public async Task Silence_is_filled_with_heartbeats()
    {
        await using var rpc = await RpcFixture.StartAsync(Quick);
        rpc.Node.Commit("a");
        using var response = await OpenAsync(rpc, "");
        var reader = await ReaderAsync(response);
        Assert.Equal(new Heartbeat(1), await reader.ReadAsync());
        Assert.Equal(new Heartbeat(1), await reader.ReadAsync());
        rpc.Node.Commit("b");
        Assert.Equal(2, (await reader.ReadCommitAsync()).Index);
    }

    [Fact]
    public async Task A_stream_may_start_behind_a_commit_of_the_future()
    {
        await using var rpc = await RpcFixture.StartAsync(Quick);
        using var response = await OpenAsync(rpc, "?after=2");
        for (var i = 0; i < 4; i++) rpc.Node.Commit($"tx {i}");
        var reader = await ReaderAsync(response);
        Assert.Equal(3, (await reader.ReadCommitAsync()).Index);
        Assert.Equal(4, (await reader.ReadCommitAsync()).Index);
    }

    [Fact]
    public async Task A_commit_far_larger_than_any_buffer_arrives_whole()
    {
        await using var rpc = await RpcFixture.StartAsync();
        var random = new Random(5);
        var transactions = Enumerable.Range(0, 20_000).Select(i => Encoding.ASCII.GetBytes(new string((char)('a' + random.Next(26)), 1 + random.Next(300)))).ToArray();
        rpc.Node.Commit(transactions);
        rpc.Node.Commit("next");
        using var response = await OpenAsync(rpc, "?after=0&prefix=200");
        var reader = await ReaderAsync(response);
        var commit = await reader.ReadCommitAsync();
        Assert.Equal(
            transactions.Select(bytes => (bytes.Length, Encoding.ASCII.GetString(bytes)[..Math.Min(200, bytes.Length)])),
            commit.Transactions.Select(transaction => (transaction.Length, transaction.Prefix)));
        Assert.Equal(2, (await reader.ReadCommitAsync()).Index);
    }

    [Theory]
    [InlineData("?after=x")]
    [InlineData("?after=-1")]
    [InlineData("?after=")]
    [InlineData("?after=99999999999999999999")]
    [InlineData("?prefix=1025")]
    [InlineData("?prefix=-1")]
    [InlineData("?prefix=much")]
    public async Task Bad_parameters_are_a_problem(string query)
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var response = await OpenAsync(rpc, query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Commits_that_are_gone_are_a_problem_that_names_the_first()
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 3 });
        for (var i = 0; i < 5; i++) rpc.Node.Commit($"tx {i}");
        var (status, problem) = await rpc.GetAsync("/v1/commits?after=1");
        Assert.Equal(HttpStatusCode.Gone, status);
        Assert.Equal(3, problem.GetProperty("first_index").GetInt64());
        using var response = await OpenAsync(rpc, "?after=2");
        Assert.Equal(3, (await (await ReaderAsync(response)).ReadCommitAsync()).Index);
    }

    [Fact]
    public async Task Streams_are_bounded_and_a_closed_one_makes_room()
    {
        await using var rpc = await RpcFixture.StartAsync(Quick with { MaxStreams = 2 });
        using var first = await OpenAsync(rpc, "");
        var second = await OpenAsync(rpc, "");
        using (var third = await OpenAsync(rpc, "")) Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
        second.Dispose();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var again = await OpenAsync(rpc, "");
            if (again.StatusCode == HttpStatusCode.OK) break;
            await Task.Delay(5, deadline.Token);
        }
    }

    [Fact]
    public async Task A_stop_ends_the_streams_with_a_reason()
    {
        await using var rpc = await RpcFixture.StartAsync();
        rpc.Node.Commit("a");
        using var response = await OpenAsync(rpc, "?after=0");
        var reader = await ReaderAsync(response);
        await reader.ReadCommitAsync();
        var stopping = rpc.Server.StopAsync();
        Assert.Equal("the validator is stopping", (await reader.ReadToEndAsync()).Reason);
        await stopping;
    }

    [Fact]
    public async Task A_completed_log_ends_the_streams_after_the_last_commit()
    {
        await using var rpc = await RpcFixture.StartAsync();
        using var response = await OpenAsync(rpc, "");
        rpc.Node.Commit("last");
        rpc.Node.CommitLog.Complete();
        var reader = await ReaderAsync(response);
        Assert.Equal(1, (await reader.ReadCommitAsync()).Index);
        Assert.Equal("the validator is stopping", (await reader.ReadToEndAsync()).Reason);
    }

    [Fact]
    public async Task A_reader_that_stops_reading_holds_up_nobody_and_is_told_that_it_fell_behind()
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 20 });
        using var stalled = new TcpClient { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(IPAddress.Loopback, rpc.Server.Url.Port);
        await stalled.GetStream().WriteAsync("GET /v1/commits?after=0&prefix=1024 HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        Assert.Equal('H', stalled.GetStream().ReadByte());

        using var response = await OpenAsync(rpc, "?after=0");
        var reader = await ReaderAsync(response);
        // 40 MB: more than any socket buffer on the way to the reader that does not read.
        for (var i = 1; i <= 400; i++)
        {
            rpc.Node.Commit([.. Enumerable.Repeat(new byte[1024], 100)]);
            Assert.Equal(i, (await reader.ReadCommitAsync()).Index);
        }

        await rpc.AssertHealthyAsync();
        // Once it reads again, it gets what was on the way, and then the reason.
        var (total, tail) = (0L, "");
        var buffer = new byte[64 * 1024];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!tail.Contains("the reader fell behind", StringComparison.Ordinal))
        {
            var read = await stalled.GetStream().ReadAsync(buffer, deadline.Token);
            Assert.NotEqual(0, read);
            total += read;
            tail = tail[Math.Max(0, tail.Length - 100)..] + Encoding.ASCII.GetString(buffer, 0, read);
        }

        Assert.InRange(total, 1, 39_000_000);
    }

    [Fact]
    public async Task One_commit_is_shown_in_full()
    {
        await using var rpc = await RpcFixture.StartAsync(log: new CommitLogOptions { MaxCommits = 1 });
        rpc.Node.Commit("gone");
        var commit = rpc.Node.Commit("aa", "b", "b");
        var (status, json) = await rpc.GetAsync("/v1/commits/2");
        Assert.Equal(HttpStatusCode.OK, status);
        Shape.Matches(
            """
            {"commit":0,"leader":{"round":0,"author":0,"digest":""},"leader_timestamp_ns":0,"committed_at_ns":0,"chain_digest":"","app_hash":"",
             "blocks":[{"round":0,"author":0,"digest":""}],"tx_count":0,"tx_bytes":0,"duplicates":0}
            """,
            json);
        Assert.Equal(commit.Leader.Digest.ToString(), json.GetProperty("leader").GetProperty("digest").GetString());
        Assert.Equal(FakeNode.ChainDigest(2).ToString(), json.GetProperty("chain_digest").GetString());
        Assert.Equal(commit.AppHash.ToString(), json.GetProperty("app_hash").GetString());
        Assert.Equal(2, json.GetProperty("blocks").GetArrayLength());
        Assert.Equal((3, 4, 1), (json.GetProperty("tx_count").GetInt32(), json.GetProperty("tx_bytes").GetInt32(), json.GetProperty("duplicates").GetInt32()));

        Assert.Equal(HttpStatusCode.Gone, (await rpc.GetAsync("/v1/commits/1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rpc.GetAsync("/v1/commits/3")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await rpc.GetAsync("/v1/commits/0")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await rpc.GetAsync("/v1/commits/x")).Status);
    }

    private static Task<HttpResponseMessage> OpenAsync(RpcFixture rpc, string query) =>
        rpc.Http.GetAsync($"/v1/commits{query}", HttpCompletionOption.ResponseHeadersRead);

    private static async Task<CommitFrameReader> ReaderAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new CommitFrameReader(await response.Content.ReadAsStreamAsync());
    }
}
