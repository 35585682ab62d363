using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Tests;

public sealed class RetentionTests(PostgresCluster cluster)
{
    private static readonly Retention Few = new(TimeSpan.FromHours(1), 10, 1_000);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Rows_beyond_the_bounds_go_and_the_newest_stay(Engine engine)
    {
        using var committee = new TraceNode.Committee(4);
        await using var node = await TraceNode.StartAsync(0, committee);
        for (var round = 1; round <= 50; round++) node.AddBlock(round);
        await using var platform = await TestPlatform.StartAsync(engine, cluster, TraceNode.Outputs(node));
        await Eventually.HoldsAsync(async () => await platform.CountAsync("SELECT COUNT(*) FROM dag_commit") == 50, "all entries were fetched");

        Assert.True(await Few.ApplyAsync(platform.Database, TimeProvider.System, default) > 0);
        Assert.Equal(10, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(41, await platform.CountAsync("SELECT MIN(commit_index) FROM dag_commit"));
        Assert.Equal(0, await Few.ApplyAsync(platform.Database, TimeProvider.System, default));

        await new Retention(TimeSpan.FromHours(-1), 1_000, 1_000).ApplyAsync(platform.Database, TimeProvider.System, default);
        Assert.Equal(0, await platform.CountAsync("SELECT COUNT(*) FROM dag_commit"));
        Assert.Equal(0, await platform.CountAsync("SELECT COUNT(*) FROM block_trace"));
    }
}
