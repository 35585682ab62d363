using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Load;
using Mysticeti.Protocol;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>A validator as clients see it, on a raw socket, with the faults that tests ask for.</summary>
internal sealed partial class FakeNode : IAsyncDisposable
{
    private readonly FakeChain _chain;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Socket, bool> _clients = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly Task _accepting;

    public FakeNode(FakeChain chain, int index)
    {
        _chain = chain;
        _listener.Start();
        Index = index;
        _accepting = AcceptAsync();
    }

    public int Index { get; }

    public string Name => $"node{Index}";

    /// <summary>Where its services lie, such as behind a proxy: "/nodes/0". Nothing else answers.</summary>
    public string BasePath { get; set; } = "";

    public Uri RpcUrl => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{BasePath}");

    public NodeEndpoint Endpoint => new(Index, Name, RpcUrl);

    public bool HasStream { get; set; } = true;

    /// <summary>Whether it takes transactions over WebSocket and the submission stream, too.</summary>
    public bool TakesStreams { get; set; } = true;

    public bool AnswersTwice { get; set; }

    public bool AnswersChunked { get; set; }

    public bool ClosesAfterEachAnswer { get; set; }

    /// <summary>From this commit index on the node reports digests of its own.</summary>
    public long? DisagreesFrom { get; set; }

    /// <summary>From this commit index on the node reports application hashes of its own.</summary>
    public long? ExecutesDifferentlyFrom { get; set; }

    /// <summary>Transactions taken in so far.</summary>
    public int Taken => _taken;

    private int _taken;

    /// <summary>Cuts every connection, streams too.</summary>
    public void Cut()
    {
        foreach (var client in _clients.Keys) client.Close(0);
    }

    /// <summary>Cuts every connection and refuses new ones.</summary>
    public void Kill()
    {
        _listener.Stop();
        Cut();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        Kill();
        await _accepting;
        await Task.WhenAll(_serving);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_closing.Token);
                client.NoDelay = true;
                _clients[client] = true;
                _serving.Add(ServeAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var stream = new NetworkStream(client);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await reader.ReadLineAsync(_closing.Token) is { } asked)
            {
                var line = BelowBasePath(asked);
                var length = 0;
                var key = "";
                while (await reader.ReadLineAsync(_closing.Token) is { Length: > 0 } header)
                {
                    key = header.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal) ? header[19..] : key;
                    length = header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase) ? int.Parse(header[15..], CultureInfo.InvariantCulture) : length;
                }

                var body = new char[length];
                if (length > 0) await reader.ReadBlockAsync(body, _closing.Token);

                if (TakesStreams && line.StartsWith("GET /websocket ", StringComparison.Ordinal))
                {
                    await FakeSubmissions.AnswerMessagesAsync(stream, key, AnswerAsync, _closing.Token);
                    return;
                }

                if (TakesStreams && line.StartsWith("POST /v1/submit ", StringComparison.Ordinal))
                {
                    await FakeSubmissions.AnswerFramesAsync(stream, reader, SubmitAsync, _closing.Token);
                    return;
                }

                if (!await AnswerAsync(stream, line, new string(body))) return;
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException or WebSocketException)
        {
            // Cut.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    /// <summary>"POST /nodes/0 HTTP/1.1" asks for the root; what does not lie below the base path is for nobody.</summary>
    private string BelowBasePath(string requestLine)
    {
        var words = requestLine.Split(' ');
        if (words.Length != 3 || !words[1].StartsWith(BasePath, StringComparison.Ordinal)) return "GET /nowhere HTTP/1.1";
        words[1] = words[1].Length == BasePath.Length ? "/" : words[1][BasePath.Length..];
        return string.Join(' ', words);
    }

    private async Task<bool> AnswerAsync(NetworkStream stream, string line, string body)
    {
        if (line.StartsWith("POST / ", StringComparison.Ordinal))
        {
            var answer = await AnswerAsync(body);
            await SendAsync(stream, answer);
            if (AnswersTwice) await SendAsync(stream, answer);

            return !ClosesAfterEachAnswer;
        }

        if (line.StartsWith("POST /broadcast_tx_async", StringComparison.Ordinal))
        {
            // The REST interface of flavor scalarorg.
            var accepted = await SubmitAsync(JsonDocument.Parse(body).RootElement.GetProperty("transaction").GetBytesFromBase64());
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {(accepted ? "200 OK" : "503 Service Unavailable")}\r\nContent-Length: 2\r\n\r\n{{}}"), _closing.Token);
            return true;
        }

        if (line.Contains("/status", StringComparison.Ordinal))
        {
            await SendAsync(stream, "{\"result\":{\"sync_info\":{\"latest_block_height\":\"" + _chain.Count + "\"},\"mysticeti\":{\"commit_index\":" + _chain.Count + "}}}");
            return true;
        }

        if (Block().Match(line) is { Success: true } height)
        {
            await SendAsync(stream, BlockJson(long.Parse(height.Groups[1].Value, CultureInfo.InvariantCulture)));
            return true;
        }

        if (HasStream && line.Contains("/v1/commits", StringComparison.Ordinal))
        {
            var after = After().Match(line);
            await StreamAsync(stream, after.Success ? long.Parse(after.Groups[1].Value, CultureInfo.InvariantCulture) : _chain.Count);
            return false;
        }

        await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _closing.Token);
        return true;
    }

    private string BlockJson(long height) => _chain.Block(height) is { } block
        ? "{\"result\":{\"block_id\":{\"hash\":\"" + Convert.ToHexString(block.Digest) + "\"},\"block\":{\"data\":{\"txs\":["
            + string.Join(",", block.Transactions.Select(t => $"\"{Convert.ToBase64String(t)}\"")) + "]}}}}"
        : """{"error":{"code":-32603,"message":"Internal error","data":"height must be less than or equal to the current blockchain height"}}""";

    private async Task<string> AnswerAsync(string body)
    {
        var root = JsonDocument.Parse(body).RootElement;
        if (root.ValueKind != JsonValueKind.Array) return await AnswerOneAsync(root);

        var answers = new List<string>();
        foreach (var call in root.EnumerateArray()) answers.Add(await AnswerOneAsync(call));

        return $"[{string.Join(",", answers)}]";
    }

    private async Task<string> AnswerOneAsync(JsonElement call)
    {
        var outcome = await SubmitAsync(call.GetProperty("params").GetProperty("tx").GetBytesFromBase64())
            ? "\"result\":{\"code\":0,\"data\":\"\",\"log\":\"\",\"codespace\":\"\",\"hash\":\"00\"}"
            : "\"error\":{\"code\":-32603,\"message\":\"Internal error\",\"data\":\"mempool is full\"}";
        return "{\"jsonrpc\":\"2.0\",\"id\":" + call.GetProperty("id").GetInt64() + "," + outcome + "}";
    }

    /// <summary>Takes one transaction, once the chain is not frozen; the answer is whether it was accepted.</summary>
    private async Task<bool> SubmitAsync(byte[] transaction)
    {
        await _chain.Thaw.WaitAsync(_closing.Token);
        Interlocked.Increment(ref _taken);
        return _chain.Submit(transaction);
    }

    private async Task SendAsync(NetworkStream stream, string body)
    {
        var close = ClosesAfterEachAnswer ? "Connection: close\r\n" : "";
        var text = AnswersChunked
            ? $"HTTP/1.1 200 OK\r\n{close}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"
            : $"HTTP/1.1 200 OK\r\n{close}Content-Length: {body.Length}\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), _closing.Token);
    }

    private async Task StreamAsync(NetworkStream stream, long after)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: {CommitFormat.ContentType}\r\nTransfer-Encoding: chunked\r\n\r\n"), _closing.Token);
        for (var index = after + 1; ; index++)
        {
            byte[] commit = [.. await _chain.CommitAsync(index, _closing.Token)];
            if (index >= DisagreesFrom) commit[5 + 34] ^= 1;

            var appHash = SHA256.HashData(BitConverter.GetBytes(index >= ExecutesDifferentlyFrom ? -index : index));
            byte[] frames = [.. commit, .. CommitStreamWriter.AppHash(index, appHash)];
            var head = Encoding.Latin1.GetBytes($"{frames.Length:x}\r\n");
            await stream.WriteAsync((byte[])[.. head, .. frames, 13, 10], _closing.Token);
        }
    }

    [GeneratedRegex("/block[?]height=([0-9]+)")]
    private static partial Regex Block();

    [GeneratedRegex("[?&]after=([0-9]+)")]
    private static partial Regex After();
}
