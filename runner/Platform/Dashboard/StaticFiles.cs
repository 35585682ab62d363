using System.Reflection;
using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.Dashboard;

/// <summary>The page's files, built into the runner under <c>dashboard/</c>.</summary>
internal static class StaticFiles
{
    /// <summary>The page's content policy: nothing but its own files and answers, no code or style in the markup.</summary>
    public const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    private const string Root = "dashboard/";

    private static readonly Assembly Assembly = typeof(StaticFiles).Assembly;

    /// <summary>Sends a file; an empty path is the page itself.</summary>
    public static async Task SendAsync(HttpContext context)
    {
        var path = context.Request.RouteValues["path"] as string is { Length: > 0 } given ? given : "index.html";
        await using var resource = path.Length < 256 ? Assembly.GetManifestResourceStream(Root + path) : null;
        if (resource is null) throw new RequestException(404, "Not found", "the dashboard has no such file");
        using var content = new MemoryStream();
        await resource.CopyToAsync(content, context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-cache";
        await context.SendBytesAsync(200, TypeOf(path), content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".json" or ".map" => "application/json",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
}
