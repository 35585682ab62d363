using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>What a fake node does with a connection that has stopped being one of plain HTTP requests.</summary>
internal static class FakeSubmissions
{
    private const byte Accepted = 0, MempoolFull = 2;

    /// <summary>Answers each text message as if it were the body of a request.</summary>
    public static async Task AnswerMessagesAsync(NetworkStream stream, string key, Func<string, Task<string>> answer, CancellationToken cancellationToken)
    {
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), cancellationToken);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        var buffer = new byte[256 * 1024];
        var filled = 0;
        while (await socket.ReceiveAsync(buffer.AsMemory(filled), cancellationToken) is { MessageType: WebSocketMessageType.Text } part)
        {
            filled += part.Count;
            if (part.EndOfMessage)
            {
                var reply = await answer(Encoding.UTF8.GetString(buffer, 0, filled));
                await socket.SendAsync(Encoding.UTF8.GetBytes(reply), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
                filled = 0;
            }
        }
    }

    /// <summary>Answers each chunk of frames with a chunk that has a byte for each of them. Each character that is read is a byte.</summary>
    public static async Task AnswerFramesAsync(NetworkStream stream, StreamReader reader, Func<byte[], Task<bool>> submit, CancellationToken cancellationToken)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), cancellationToken);
        while (await reader.ReadLineAsync(cancellationToken) is { } size)
        {
            var characters = new char[int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture)];
            await reader.ReadBlockAsync(characters, cancellationToken);
            await reader.ReadLineAsync(cancellationToken);
            var frames = Encoding.Latin1.GetBytes(characters);
            var outcomes = new List<byte>();
            int length;
            for (var at = 0; at < frames.Length; at += 4 + length)
            {
                length = BinaryPrimitives.ReadInt32LittleEndian(frames.AsSpan(at));
                outcomes.Add(await submit(frames[(at + 4)..(at + 4 + length)]) ? Accepted : MempoolFull);
            }

            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{outcomes.Count:x}\r\n"), .. outcomes, 13, 10], cancellationToken);
        }
    }
}
