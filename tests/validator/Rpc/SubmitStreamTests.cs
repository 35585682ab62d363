using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mysticeti.Protocol;
using Mysticeti.Validator.Rpc;

namespace Mysticeti.Validator.Tests.Rpc;

public sealed class SubmitStreamTests
{
    [Fact]
    public async Task Each_transaction_is_answered_by_a_byte_before_the_request_ends()
    {
        await using var rpc = await RpcFixture.StartAsync();
        await using var stream = await SubmitStream.OpenAsync(rpc);
        byte[] both = [.. SubmitStream.Frame("abc"), .. SubmitStream.Frame("defg")];
        await stream.SendAsync(both);
        Assert.Equal((byte[])[0, 0], await stream.ReadAnswersAsync(2));
        rpc.Node.Answer = (SubmitOutcome.MempoolFull, "full");
        await stream.SendAsync(SubmitStream.Frame("x"));
        Assert.Equal((byte[])[(byte)SubmitOutcome.MempoolFull], await stream.ReadAnswersAsync(1));
        await stream.EndAsync();
        Assert.Equal("0\r\n\r\n", await stream.ReadRestAsync());
        Assert.Equal(["abc", "defg"], rpc.Node.Submitted.Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task Frames_may_arrive_in_any_pieces()
    {
        await using var rpc = await RpcFixture.StartAsync();
        await using var stream = await SubmitStream.OpenAsync(rpc);
        foreach (var part in SubmitStream.Frame("pieces")) await stream.SendAsync([part]);
        Assert.Equal((byte[])[0], await stream.ReadAnswersAsync(1));
        Assert.Equal("pieces", Encoding.UTF8.GetString(Assert.Single(rpc.Node.Submitted)));
    }

    [Fact]
    public async Task A_transaction_over_the_limit_and_an_empty_one_spoil_nothing()
    {
        await using var rpc = await RpcFixture.StartAsync();
        await using var stream = await SubmitStream.OpenAsync(rpc);
        var limit = rpc.Node.Genesis.Consensus.MaxTransactionBytes;
        await stream.SendAsync(SubmitStream.Frame(new byte[limit + 1]));
        await stream.SendAsync(SubmitStream.Frame(""));
        await stream.SendAsync(SubmitStream.Frame(new byte[limit]));
        Assert.Equal((byte[])[(byte)SubmitOutcome.TooLarge, (byte)SubmitOutcome.Empty, 0], await stream.ReadAnswersAsync(3));
        Assert.Equal(limit, Assert.Single(rpc.Node.Submitted).Length);
    }

    [Fact]
    public async Task Half_a_transaction_at_the_end_is_not_submitted()
    {
        await using var rpc = await RpcFixture.StartAsync();
        await using var stream = await SubmitStream.OpenAsync(rpc);
        await stream.SendAsync(SubmitStream.Frame("whole"));
        await stream.SendAsync(SubmitStream.Frame("half")[..6]);
        await stream.EndAsync();
        Assert.Equal((byte[])[0], await stream.ReadAnswersAsync(1));
        Assert.Equal("0\r\n\r\n", await stream.ReadRestAsync());
        Assert.Equal("whole", Encoding.UTF8.GetString(Assert.Single(rpc.Node.Submitted)));
        await rpc.AssertHealthyAsync();
    }

    [Fact]
    public async Task A_validator_that_stops_ends_the_answer()
    {
        await using var rpc = await RpcFixture.StartAsync();
        await using var stream = await SubmitStream.OpenAsync(rpc);
        await stream.SendAsync(SubmitStream.Frame("abc"));
        Assert.Equal((byte[])[0], await stream.ReadAnswersAsync(1));
        var stopping = rpc.Server.StopAsync();
        Assert.Equal("0\r\n\r\n", await stream.ReadRestAsync());
        await stopping;
    }

    [Fact]
    public async Task Streams_beyond_the_bound_are_refused()
    {
        await using var rpc = await RpcFixture.StartAsync(new RpcOptions { MaxStreams = 1 });
        await using var first = await SubmitStream.OpenAsync(rpc);
        using var refused = await rpc.Http.PostAsync("/v1/submit", new ByteArrayContent([]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        using var read = await rpc.Http.GetAsync("/v1/submit");
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    /// <summary>A client on a raw socket, which sees when answers come.</summary>
    private sealed class SubmitStream : IAsyncDisposable
    {
        private readonly TcpClient _client = new() { NoDelay = true };
        private readonly List<byte> _received = [];
        private NetworkStream Stream => _client.GetStream();

        public static byte[] Frame(byte[] bytes) => [.. BitConverter.GetBytes((uint)bytes.Length), .. bytes];

        public static byte[] Frame(string text) => Frame(Encoding.UTF8.GetBytes(text));

        public static async Task<SubmitStream> OpenAsync(RpcFixture rpc)
        {
            var stream = new SubmitStream();
            await stream._client.ConnectAsync(IPAddress.Loopback, rpc.Server.Url.Port);
            await stream.Stream.WriteAsync("POST /v1/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            var head = "";
            while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal)) head += (char)await stream.ReadByteAsync();
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
            return stream;
        }

        public async Task SendAsync(byte[] bytes) =>
            await Stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, 13, 10]);

        public async Task EndAsync() => await Stream.WriteAsync("0\r\n\r\n"u8.ToArray());

        /// <summary>Answers, whatever chunks they come in.</summary>
        public async Task<byte[]> ReadAnswersAsync(int count)
        {
            while (_received.Count < count)
            {
                var line = "";
                while (!line.EndsWith("\r\n", StringComparison.Ordinal)) line += (char)await ReadByteAsync();
                for (var left = int.Parse(line.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) + 2; left > 0; left--)
                {
                    var answer = await ReadByteAsync();
                    if (left > 2) _received.Add(answer);
                }
            }

            byte[] answers = [.. _received.Take(count)];
            _received.RemoveRange(0, count);
            return answers;
        }

        public async Task<string> ReadRestAsync()
        {
            var rest = "";
            while (!rest.EndsWith("0\r\n\r\n", StringComparison.Ordinal)) rest += (char)await ReadByteAsync();
            return rest;
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<byte> ReadByteAsync()
        {
            var one = new byte[1];
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await Stream.ReadExactlyAsync(one, deadline.Token);
            return one[0];
        }
    }
}
