using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mysticeti.Engine.Reports;

/// <summary>
/// <c>report.html</c>: one file that shows a run in any browser and asks the network for nothing. It holds the run directory's own JSON, so that it can be
/// made again from there at any time. Script and style are bundled when the runner is built (<c>runner/Web</c>); a runner that was built without Node.js has none.
/// </summary>
public static class HtmlReport
{
    public const string FileName = "report.html";

    /// <summary>Escapes every character that could end the script element that holds the data.</summary>
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>Whether this runner was built with the report's script and style.</summary>
    public static bool IsAvailable => typeof(HtmlReport).Assembly.GetManifestResourceInfo("report/report.js") is not null;

    /// <summary>The page for the run in <paramref name="runDirectory"/>; null where <see cref="IsAvailable"/> is false.</summary>
    /// <exception cref="IOException">The directory's files cannot be read.</exception>
    /// <exception cref="JsonException">They are no JSON.</exception>
    public static async Task<string?> RenderAsync(string runDirectory, CancellationToken cancellationToken)
    {
        if (!IsAvailable) return null;

        var data = await ReadAsync(runDirectory, cancellationToken);
        return Page(data.ToJsonString(Json), Resource("report/report.js"), Resource("report/report.css"));
    }

    /// <summary>What the page shows; its form is that of <c>runner/Web/src/data.ts</c>.</summary>
    private static async Task<JsonObject> ReadAsync(string runDirectory, CancellationToken cancellationToken)
    {
        var summary = await ReadFileAsync(Path.Combine(runDirectory, "summary.json"), cancellationToken);
        var loads = new JsonArray();
        foreach (var file in (summary["results"] as JsonArray ?? []).Select(row => (string?)row?["file"]))
        {
            if (file is not null && Path.GetFileName(file) == file && File.Exists(Path.Combine(runDirectory, file)))
            {
                var load = await ReadFileAsync(Path.Combine(runDirectory, file), cancellationToken);
                // The same for all loads, and in the summary.
                load.Remove("environment");
                loads.Add(load);
            }
        }

        // Simulations of one seed have the same page, whenever and wherever they are made.
        var isSimulated = (string?)summary["network_type"] == "simulated";
        return new JsonObject
        {
            ["schema_version"] = 1,
            ["run"] = isSimulated ? "simulation" : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(runDirectory))),
            ["summary"] = summary,
            ["loads"] = loads,
        };
    }

    private static async Task<JsonObject> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return await JsonNode.ParseAsync(stream, cancellationToken: cancellationToken) as JsonObject ?? throw new JsonException($"{path} does not hold a JSON object");
    }

    /// <summary>The policy lets the browser run this script and this style and nothing else, and load nothing.</summary>
    private static string Page(string data, string script, string style) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {Hash(script)}; style-src {Hash(style)}; img-src data:; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>Mysticeti benchmark</title>
        <style>{style}</style>
        </head>
        <body>
        <div id="page"><noscript>This report draws its charts and tables with a script, which the browser does not run. The same figures are in summary.txt beside it.</noscript></div>
        <script type="application/json" id="data">{data}</script>
        <script>{script}</script>
        </body>
        </html>

        """;

    private static string Hash(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the runner was built without {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
