using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Embedded networks whose links behave as if their validators were far apart.</summary>
public sealed partial class WideAreaTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task After_the_start_configured_and_measured_round_trips_stand_side_by_side()
    {
        File.WriteAllText(Path.Combine(_sandbox.Root, "parameters.json"), """{ "mempoolTransactions": 5000, "wan": { "roundTripMs": { "home": { "eu-west-1": 42 } } } }""");
        var runner = await _sandbox.RunAsync(
            "embedded-network", "--base-port", "0", "--parameters", "parameters.json", "--regions", "home,eu-west-1", "--detach");
        Assert.True(runner.ExitCode == 0, runner.ToString());
        var network = await _sandbox.ReadyAsync();
        Assert.Equal(["home", "eu-west-1", "home", "eu-west-1"], network.Nodes.Select(node => node.Region));
        using (var parameters = JsonDocument.Parse(File.ReadAllText(Path.Combine(_sandbox.NetworkDirectory(), "parameters.json"))))
            Assert.Equal(5000, parameters.RootElement.GetProperty("mempoolTransactions").GetInt32());
        await Rpc.CommitsGoOnAsync(network, count: 3);
        await _sandbox.RunAsync("network", "stop");
        await _sandbox.NoValidatorIsLeftAsync();

        var line = PathLine().Match(runner.Out);
        Assert.True(line.Success, runner.ToString());
        Assert.Equal("42.0", line.Groups["configured"].Value);
        Assert.True(double.Parse(line.Groups["least"].Value, CultureInfo.InvariantCulture) >= 42, runner.ToString());
    }

    [Fact]
    public async Task An_unknown_region_is_refused_before_anything_starts()
    {
        var runner = await _sandbox.RunAsync("benchmark", "--regions", "us-east-1,atlantis");
        Assert.Equal(2, runner.ExitCode);
        Assert.Contains("region 'atlantis' is not known", runner.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_sandbox.NetworkDirectory()));
    }

    [GeneratedRegex(@"^  eu-west-1 - home +(?<configured>[\d.]+) +[\d.]+  \((?<least>[\d.]+) to", RegexOptions.Multiline)]
    private static partial Regex PathLine();
}
