using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Platform.Hosting;
using Mysticeti.Platform.Uptime;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>A service's configuration file, as containers mount it.</summary>
internal sealed record ServeConfig
{
    /// <summary>The network's outputs file; null: none.</summary>
    public string? Outputs { get; init; }

    /// <summary>The genesis file; null: none.</summary>
    public string? Genesis { get; init; }

    public UptimeLimits Uptime { get; init; } = UptimeLimits.Default;

    /// <exception cref="UsageException">It cannot be read, or has something in it that it must not have.</exception>
    public static ServeConfig Load(string path)
    {
        try
        {
            var json = Requests.ParseObject(File.ReadAllBytes(path));
            string[] known = ["outputs", "genesis", "online_sec", "suspect_sec", "clock_error_sec"];
            if (json.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
                throw RequestException.Bad($"it has no setting \"{Values.OneLine(unknown)}\"; it takes {string.Join(", ", known)}");
            return new ServeConfig
            {
                Outputs = json.Text("outputs"),
                Genesis = json.Text("genesis"),
                Uptime = UptimeLimits.Default with
                {
                    Online = Seconds(json, "online_sec", UptimeLimits.Default.Online),
                    Suspect = Seconds(json, "suspect_sec", UptimeLimits.Default.Suspect),
                    ClockError = Seconds(json, "clock_error_sec", UptimeLimits.Default.ClockError),
                },
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or RequestException)
        {
            throw new UsageException($"--config '{path}': {Values.OneLine(error.Message)}");
        }
    }

    private static TimeSpan Seconds(JsonElement json, string name, TimeSpan byDefault) =>
        json.Whole(name, 1, 86_400) is { } seconds ? TimeSpan.FromSeconds(seconds) : byDefault;
}
