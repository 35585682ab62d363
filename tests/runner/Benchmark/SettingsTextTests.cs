using System.Text.Json;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Tests.Benchmark;

public sealed class SettingsTextTests
{
    private static readonly BenchmarkSettings Settings = new()
    {
        NetworkType = "local",
        Committee = 4,
        Loads = [100, 200],
        Duration = TimeSpan.FromSeconds(180),
        Seed = 9,
        Faults = 1,
        CrashRecovery = true,
    };

    [Fact]
    public void Text_begins_as_in_the_seed_and_names_every_default()
    {
        var text = SettingsText.Render(Settings);
        Assert.StartsWith("Configuration:\n  Network type: local\n  Committee size: 4\n  Duration: 180s\n  Transaction size: 512 bytes\n", text, StringComparison.Ordinal);
        Assert.Contains("  Loads: 100, 200 tx/s\n", text, StringComparison.Ordinal);
        Assert.Contains("  Faults: 1, recovering every 60s\n", text, StringComparison.Ordinal);
        Assert.Contains("  Seed: 9\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_in_snake_case_and_seconds()
    {
        var json = JsonDocument.Parse(SettingsText.RenderJson(Settings)).RootElement;
        Assert.Equal(180, json.GetProperty("duration").GetDouble());
        Assert.Equal("opaque", json.GetProperty("transaction_type").GetString());
        Assert.Equal([100, 200], json.GetProperty("loads").EnumerateArray().Select(l => l.GetInt32()));
    }
}
