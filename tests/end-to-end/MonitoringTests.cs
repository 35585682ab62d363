using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Topology;
using Mysticeti.Topology.Cloud;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>What the stacks give Prometheus and Grafana, held against a real Prometheus that asks real validators.</summary>
public sealed class MonitoringTests : IAsyncDisposable
{
    private readonly ValidatorProcesses _network = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-prometheus-").FullName;
    private Process? _prometheus;

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null)
        {
            _prometheus.Kill();
            await _prometheus.WaitForExitAsync();
            _prometheus.Dispose();
        }

        await _network.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Every_panel_of_the_dashboard_has_a_line_for_each_validator()
    {
        await _network.StartAllAsync();
        var targets = _network.Plan.Nodes.Select(node => (node.Name, _network.Url(node.Index).Authority));
        var server = StartPrometheus(MonitoringFiles.PrometheusConfiguration(targets, services: false));

        using var dashboard = JsonDocument.Parse(MonitoringFiles.GrafanaDashboard);
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Select(panel => panel.GetProperty("targets")[0].GetProperty("expr").GetString()!).ToArray();
        Assert.NotEmpty(expressions);
        foreach (var expression in expressions)
        {
            string[] nodes = [];
            await Eventually.HoldsAsync(
                async () => (nodes = await NodesOfAsync(server, expression)).Distinct().Count() == _network.Plan.Nodes.Length,
                $"all validators have a line in {expression}");
            Assert.True(nodes.Length == nodes.Distinct().Count(), $"lines that cannot be told apart: {expression}");
        }
    }

    /// <summary>The validators that a query has finite values of; none while the server does not answer.</summary>
    private async Task<string[]> NodesOfAsync(Uri server, string expression)
    {
        try
        {
            using var answer = JsonDocument.Parse(await _network.Client.GetStringAsync(new Uri(server, $"api/v1/query?query={Uri.EscapeDataString(expression)}")));
            return
            [
                .. answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                    .Where(line => double.IsFinite(double.Parse(line.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)))
                    .Select(line => line.GetProperty("metric").GetProperty("node").GetString()!),
            ];
        }
        catch (HttpRequestException)
        {
            Assert.False(_prometheus!.HasExited, "Prometheus ended");
            return [];
        }
    }

    private Uri StartPrometheus(string configuration)
    {
        var file = Path.Combine(_directory, "prometheus.yml");
        File.WriteAllText(file, configuration);
        var address = $"127.0.0.1:{FreePorts.Reserve(1)[0]}";
        try
        {
            _prometheus = Process.Start(new ProcessStartInfo(
                "prometheus",
                [$"--config.file={file}", $"--storage.tsdb.path={_directory}/data", $"--web.listen-address={address}", "--log.level=error"]))!;
        }
        catch (Win32Exception)
        {
            TestTools.Missing("prometheus is not installed (Debian, Ubuntu: apt-get install prometheus)");
            throw;
        }

        return new Uri($"http://{address}");
    }
}
