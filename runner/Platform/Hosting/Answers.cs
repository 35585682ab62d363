using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Hosting;

/// <summary>Sends whole answers.</summary>
internal static class Answers
{
    public static Task SendAsync<T>(this HttpContext context, T body, int status = 200) => SendBytesAsync(
        context, status, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, PlatformJson.Options));

    /// <summary>Sends an error as RFC 9457 has it.</summary>
    public static Task SendProblemAsync(this HttpContext context, int status, string title, string detail, IReadOnlyDictionary<string, object>? more = null)
    {
        var problem = new Dictionary<string, object> { ["type"] = "about:blank", ["title"] = title, ["status"] = status, ["detail"] = detail };
        foreach (var (name, value) in more ?? new Dictionary<string, object>()) problem[name] = value;
        return SendBytesAsync(context, status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem, PlatformJson.Options));
    }

    public static async Task SendBytesAsync(this HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
