using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Tests;

/// <summary>
/// Traces of many simulated validators into PostgreSQL, 20,000 entries a second; the server is killed and started again in the middle. MYSTICETI_SCALE_SECONDS=600 is
/// the long form, with bounds on lag and queries; by default a short one that only checks that nothing is lost or doubled.
/// </summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    private const int Committee = 50;
    private const double EntriesPerSecond = 20_000;
    private const double LongestLagSeconds = 5, LongestPageMs = 200;

    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("MYSTICETI_SCALE_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 0;
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(Seconds > 0 ? 3 : 0.3);

    [Fact]
    public async Task Fifty_validators_traces_are_fetched_whole()
    {
        var seconds = Seconds > 0 ? Seconds : 5;
        // Of its own: other tests go on while it is down.
        await using var cluster = new PostgresCluster();
        await using var network = await ReplayNetwork.StartAsync(Committee, EntriesPerSecond, seconds);
        // Nothing goes, so that everything can be counted.
        var keepAll = Retention.Default with { EmptyBlocks = int.MaxValue };
        await using var platform = await TestPlatform.StartAsync(Engine.Postgres, cluster, network.Outputs, settings => settings with { Retention = keepAll });
        var worst = await LargestLagAsync(platform, TimeSpan.FromSeconds(seconds / 2.0));
        if (cluster.IsOurs)
        {
            await Task.Run(() => cluster.Crash(Away));
            output.WriteLine(FormattableString.Invariant($"PostgreSQL was away for {Away.TotalSeconds} s; largest lag afterwards {await LargestLagAsync(platform, 5 * Away):0.0} s"));
        }

        worst = Math.Max(worst, await LargestLagAsync(platform, TimeSpan.FromSeconds(seconds / 2.0)));
        await Eventually.HoldsAsync(
            async () => network.HasEnded && await FetchedAsync(platform) == network.Entries,
            "all entries were fetched", TimeSpan.FromSeconds(seconds + 60));
        Assert.Equal(network.Blocks, await platform.CountAsync("SELECT COUNT(*) FROM block_trace"));
        Assert.Equal(network.CommittedBlocks, await platform.CountAsync("SELECT COUNT(*) FROM block_trace WHERE status = 'committed'"));
        Assert.Equal(network.Commits, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(network.Decisions, await platform.CountAsync("SELECT COUNT(*) FROM leader_decision"));
        Assert.Equal(0, await platform.CountAsync("SELECT SUM(missed) FROM fetch_cursor"));
        output.WriteLine(FormattableString.Invariant($"{network.Entries} entries, {network.Blocks} blocks, largest lag {worst:0.0} s"));
        await AskForPagesAsync(platform);

        var rows = network.Blocks / 4;
        var deleted = await (keepAll with { Rows = rows }).ApplyAsync(platform.Database, TimeProvider.System, default);
        Assert.InRange(await platform.CountAsync("SELECT COUNT(*) FROM block_trace"), 1, rows);
        output.WriteLine($"retention: {deleted} rows deleted");
        await AskForPagesAsync(platform);
        if (Seconds > 0) Assert.True(worst <= LongestLagSeconds, $"the fetcher was {worst} s behind");
    }

    private async Task AskForPagesAsync(TestPlatform platform)
    {
        var block = (await JsonRows.ReadAsync(platform.Database, "SELECT block_id FROM block_trace ORDER BY block_trace_id LIMIT 1", null, default))[0]["block_id"];
        foreach (var page in (string[])
        [
            "blocks?status=committed", "blocks?node=mysticeti-node7&round=20", "blocks?status=rejected", "blocks?deployment=1&node=mysticeti-node3", $"blocks?block={block}", $"blocks/{block}",
            "leaders?round=20", "leaders?status=indirect-skip", "commits?node=mysticeti-node9", "transactions?status=received", "events?kind=round_advanced",
        ])
        {
            await platform.GetAsync("log-api", $"/v1/{page}");
            var begin = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, (await platform.GetAsync("log-api", $"/v1/{page}")).Status);
            var took = TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds;
            output.WriteLine(FormattableString.Invariant($"{page}: {took:0} ms"));
            if (Seconds > 0) Assert.True(took < LongestPageMs, $"{page} took {took} ms");
        }
    }

    private static async Task<long> FetchedAsync(TestPlatform platform)
    {
        try
        {
            return await platform.CountAsync("SELECT COALESCE(SUM(last_seq), 0) FROM fetch_cursor");
        }
        catch (DbException)
        {
            // A pooled connection to the server that was killed.
            return 0;
        }
    }

    /// <summary>The largest lag that is seen in some time.</summary>
    private static async Task<double> LargestLagAsync(TestPlatform platform, TimeSpan watched)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var largest = 0.0;
        while (TimeProvider.System.GetElapsedTime(begin) < watched)
        {
            largest = Math.Max(largest, await LagAsync(platform) ?? 0);
            await Task.Delay(250);
        }

        return largest;
    }

    /// <summary>How far the database is behind the slowest node; null: none was fetched from yet.</summary>
    private static async Task<double?> LagAsync(TestPlatform platform)
    {
        var (_, answer) = await platform.GetAsync("log-fetcher", "/nodes");
        var lags = answer.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("lag_sec")).Where(lag => lag.ValueKind == JsonValueKind.Number);
        return lags.Select(lag => (double?)lag.GetDouble()).Max();
    }
}
