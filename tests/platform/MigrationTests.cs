using Dapper;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Tests;

public sealed class MigrationTests(PostgresCluster cluster) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migration-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task What_an_older_version_wrote_is_kept_and_merged_with_what_comes(Engine engine)
    {
        await using IDatabase database = engine == Engine.Postgres ? new PostgresDatabase(await cluster.CreateDatabaseAsync()) : new SqliteDatabase(Path.Combine(_directory, "old.db"));
        await using var connection = await database.OpenAsync(default);
        await connection.ExecuteAsync("CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, applied_at DOUBLE PRECISION NOT NULL)");
        for (var version = 1; version <= 2; version++)
            await connection.ExecuteAsync($"{database.Translate(Migrations.Steps[version - 1])} INSERT INTO schema_migration VALUES ({version}, 0)");
        await connection.ExecuteAsync(
            """
            INSERT INTO block_trace (deployment_id, node_name, block_id, trace_started_at, round, authority, status) VALUES (1, 'a', 'x', 5, 1700, 2, 'accepted');
            INSERT INTO block_trace_checkpoint (deployment_id, node_name, block_id, checkpoint, started_at) VALUES (1, 'a', 'x', 'proposed', 5), (1, 'a', 'gone', 'proposed', 5);
            """);

        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        Assert.Equal(Migrations.Steps.Length, await connection.ExecuteScalarAsync<long>("SELECT MAX(version) FROM schema_migration"));
        Assert.Equal([("gone", 0L), ("x", 1700L)], await connection.QueryAsync<(string, long)>("SELECT block_id, round FROM block_trace_checkpoint ORDER BY block_id"));

        // The keys that rows are merged by are there.
        await using var transaction = await database.BeginAsync(connection, default);
        await connection.ExecuteAsync(
            $"""
            INSERT INTO block_trace (deployment_id, node_name, block_id, trace_started_at, round, authority, status) VALUES (1, 'a', 'x', 5, 1700, 2, 'committed')
            ON CONFLICT ({BlockKey.Columns}) DO UPDATE SET status = excluded.status
            """, transaction: transaction);
        await transaction.CommitAsync();
        Assert.Equal("committed", await connection.ExecuteScalarAsync<string>("SELECT status FROM block_trace"));
    }
}
