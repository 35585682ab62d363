using System.Text;
using System.Text.Json;

namespace Mysticeti.Validator.Rpc;

/// <summary>Sends whole answers.</summary>
internal static class HttpAnswers
{
    public const string Json = "application/json";

    private const int WrittenAtOnce = 64 * 1024;

    /// <summary>Sends a body whose length is known, piece by piece, so that a slow client holds back one piece only.</summary>
    public static async ValueTask SendAsync(this HttpResponse response, int status, string contentType, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (HttpMethods.IsHead(response.HttpContext.Request.Method)) return;
        for (var at = 0; at < body.Length; at += WrittenAtOnce)
        {
            var flushed = await response.BodyWriter.WriteAsync(body.Slice(at, Math.Min(WrittenAtOnce, body.Length - at)), cancellation);
            if (flushed.IsCompleted) return;
        }
    }

    public static ValueTask SendTextAsync(this HttpResponse response, int status, string contentType, string text, CancellationToken cancellation) =>
        response.SendAsync(status, contentType, Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>Sends an error as RFC 9457 has it.</summary>
    /// <param name="more">Writes further members.</param>
    public static async ValueTask SendProblemAsync(
        this HttpResponse response, int status, string title, string detail, CancellationToken cancellation, Action<Utf8JsonWriter>? more = null)
    {
        using var output = new PooledBuffer();
        await using var json = new Utf8JsonWriter(output, JsonRpcWriter.WriterOptions);
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, title);
        json.WriteNumber("status"u8, status);
        json.WriteString("detail"u8, detail);
        more?.Invoke(json);
        json.WriteEndObject();
        json.Flush();
        await response.SendAsync(status, "application/problem+json", output.WrittenMemory, cancellation);
    }
}
