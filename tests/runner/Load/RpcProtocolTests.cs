using System.Globalization;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Submission;

namespace Mysticeti.Runner.Tests.Load;

public sealed class RpcProtocolTests
{
    private static readonly Schedule Schedule = Schedule.Create(Arrival.Constant, 100, TimeSpan.Zero, TimeSpan.FromSeconds(1), 1);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public void A_request_is_well_formed_and_carries_the_transactions(int count)
    {
        var factory = new TransactionFactory(TransactionType.Opaque, 50, 1, 2, 1, Schedule, new LoadClock(TimeProvider.System));
        var request = new RpcRequest(new Uri("http://localhost:1234/rpc"), "broadcast_tx_sync", factory, Targets.RoundRobin(count == 100 ? 1 : 4, 1));
        var text = Encoding.ASCII.GetString(request.Format(count == 100 ? 0 : 3, count).Span);

        var parts = text.Split("\r\n\r\n");
        Assert.StartsWith("POST /rpc HTTP/1.1\r\nHost: localhost:1234\r\n", parts[0], StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {parts[1].Length.ToString(CultureInfo.InvariantCulture)}", parts[0], StringComparison.Ordinal);
        var root = JsonDocument.Parse(parts[1]).RootElement;
        JsonElement[] calls = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
        Assert.Equal(count > 1, root.ValueKind == JsonValueKind.Array);
        Assert.Equal(count, calls.Length);
        foreach (var call in calls)
        {
            Assert.Equal("broadcast_tx_sync", call.GetProperty("method").GetString());
            var expected = new byte[50];
            factory.Write(call.GetProperty("id").GetInt32(), expected);
            Assert.Equal(expected, call.GetProperty("params").GetProperty("tx").GetBytesFromBase64());
        }
    }

    [Fact]
    public void Transactions_over_the_body_limit_go_one_by_one()
    {
        var factory = new TransactionFactory(TransactionType.Opaque, 300_000, 1, 2, 1, Schedule, new LoadClock(TimeProvider.System));
        var request = new RpcRequest(new Uri("http://localhost:1/"), "broadcast_tx_sync", factory, Targets.RoundRobin(4, 1));
        Assert.Equal(1, request.MostCalls);
        Assert.True(request.Format(99, 1).Length > 400_000);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false)]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:5\r\nConnection: close\r\n\r\nhello", "hello", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "hello", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "", false)]
    public void A_response_is_read_once_it_is_whole(string text, string body, bool closes)
    {
        for (var length = 0; length < text.Length; length++)
        {
            Assert.False(HttpResponse.TryRead(Encoding.ASCII.GetBytes(text[..length]), false, out _));
        }

        var bytes = Encoding.ASCII.GetBytes(text + "HTTP/1.1 200");
        Assert.True(HttpResponse.TryRead(bytes, false, out var response));
        Assert.Equal(text.Length, response.Length);
        Assert.Equal(body, Encoding.ASCII.GetString(bytes, response.BodyStart, response.BodyLength));
        Assert.Equal(closes, response.Closes);
    }

    [Fact]
    public void A_body_without_length_ends_with_the_connection()
    {
        var bytes = "HTTP/1.1 500 Oops\r\n\r\nsorry"u8.ToArray();
        Assert.False(HttpResponse.TryRead(bytes, false, out _));
        Assert.True(HttpResponse.TryRead(bytes, true, out var response));
        Assert.Equal((500, 5, true), (response.Status, response.BodyLength, response.Closes));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public void What_is_not_http_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => HttpResponse.TryRead(Encoding.ASCII.GetBytes(text), false, out _));

    [Fact]
    public void Answers_find_their_transactions_by_id()
    {
        var record = new LoadRecord(Schedule, 4);
        var body = """
            [{"jsonrpc":"2.0","id":3,"result":{"code":0,"data":"","log":"","codespace":"","hash":"AB"}},
             {"id":"5","error":{"code":-32603,"message":"Internal error","data":"mempool is full"}},
             {"result":{"code":7,"log":"bad nonce","events":[{"a":1}]},"id":9,"jsonrpc":"2.0"},
             {"id":3,"result":{"code":0}},
             {"id":11,"error":null,"result":{"code":0}}]
            """u8.ToArray();
        Assert.Equal((5, 4), RpcAnswers.Read(body, record, out _));
        Assert.False(record.IsRejected(3));
        Assert.True(record.IsRejected(5));
        Assert.True(record.IsRejected(9));
        Assert.False(record.IsRejected(11));
        Assert.Equal(1, record.DuplicateAnswers);
        Assert.Equal(["Internal error: mempool is full", "code 7: bad nonce"], record.RejectionReasons.Keys.Order());
    }

    [Fact]
    public void An_error_about_the_whole_request_names_no_transaction()
    {
        var record = new LoadRecord(Schedule, 4);
        var body = """{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}}"""u8.ToArray();
        Assert.Equal((0, 0), RpcAnswers.Read(body, record, out var refusal));
        Assert.Equal("Invalid Request", refusal);
        Assert.Equal((0, 0), RpcAnswers.Read("""{"id":100000,"result":{"code":0}}"""u8, record, out _));
    }

    [Fact]
    public void Rejection_reasons_stay_bounded()
    {
        var record = new LoadRecord(Schedule, 4);
        for (var i = 0; i < 100; i++) record.Answered(i, $"reason {i}");

        Assert.Equal(33, record.RejectionReasons.Count);
        Assert.Equal(100, record.RejectionReasons.Values.Sum());
    }
}
