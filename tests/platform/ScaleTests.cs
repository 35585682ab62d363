using System.Globalization;
using System.Net;
using Mysticeti.Runner.Platform.Database;

namespace Mysticeti.Platform.Tests;

/// <summary>
/// Traces of many simulated validators into PostgreSQL, 20,000 entries a second. MYSTICETI_SCALE_SECONDS=600 is the long form, with bounds on lag and queries; by default
/// a short one that only checks that nothing is lost or doubled.
/// </summary>
public sealed class ScaleTests(PostgresCluster cluster, ITestOutputHelper output)
{
    private const int Committee = 50;
    private const double EntriesPerSecond = 20_000;
    private const double LongestLagSeconds = 5, LongestPageMs = 200;

    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("MYSTICETI_SCALE_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 0;

    [Fact]
    public async Task Fifty_validators_traces_are_fetched_whole()
    {
        var seconds = Seconds > 0 ? Seconds : 5;
        await using var network = await ReplayNetwork.StartAsync(Committee, EntriesPerSecond, seconds);
        // Nothing goes, so that everything can be counted.
        var keepAll = Retention.Default with { EmptyBlocks = int.MaxValue };
        await using var platform = await TestPlatform.StartAsync(Engine.Postgres, cluster, network.Outputs, settings => settings with { Retention = keepAll });
        var worst = 0.0;
        await Eventually.HoldsAsync(
            async () =>
            {
                var (_, answer) = await platform.GetAsync("log-fetcher", "/nodes");
                var lags = answer.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("lag_sec")).Where(lag => lag.ValueKind == System.Text.Json.JsonValueKind.Number);
                worst = Math.Max(worst, lags.Select(lag => lag.GetDouble()).DefaultIfEmpty(0).Max());
                await Task.Delay(250);
                return network.HasEnded && await platform.CountAsync("SELECT COALESCE(SUM(last_seq), 0) FROM fetch_cursor") == network.Entries;
            },
            "all entries were fetched", TimeSpan.FromSeconds(seconds + 60));
        Assert.Equal(network.Blocks, await platform.CountAsync("SELECT COUNT(*) FROM block_trace"));
        Assert.Equal(network.CommittedBlocks, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE status = 'committed'"));
        Assert.Equal(network.Commits, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(network.Decisions, await platform.CountAsync("SELECT COUNT(*) FROM leader_decision"));
        Assert.Equal(0, await platform.CountAsync("SELECT SUM(missed) FROM fetch_cursor"));
        output.WriteLine(FormattableString.Invariant($"{network.Entries} entries, {network.Blocks} blocks, largest lag {worst:0.0} s"));

        foreach (var page in (string[])["blocks?status=committed", "blocks?node=mysticeti-node7&round=20", "blocks?status=rejected", "blocks?deployment=1&node=mysticeti-node3", "leaders?round=20", "commits?node=mysticeti-node9", "events?kind=round_advanced"])
        {
            await platform.GetAsync("log-api", $"/v1/{page}");
            var begin = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, (await platform.GetAsync("log-api", $"/v1/{page}")).Status);
            var took = TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds;
            output.WriteLine(FormattableString.Invariant($"{page}: {took:0} ms"));
            if (Seconds > 0) Assert.True(took < LongestPageMs, $"{page} took {took} ms");
        }

        if (Seconds > 0) Assert.True(worst <= LongestLagSeconds, $"the fetcher was {worst} s behind");
    }
}
