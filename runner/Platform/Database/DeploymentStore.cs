using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>
/// Numbers launches of networks. Every launch has a random key that its nodes report; a key gets a number when it is first seen. A deployment that is
/// announced takes over the number of the newest key that nobody has announced, or waits for the next key that shows up.
/// </summary>
internal sealed class DeploymentStore(IDatabase database, TimeProvider time)
{
    /// <summary>A key counts as there when a node reported it so long ago at most.</summary>
    private static readonly TimeSpan Present = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>The number of a key that a node reports.</summary>
    public async Task<long> SeenAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        if (_known.TryGetValue(key, out var known))
        {
            await connection.ExecuteAsync(Command("UPDATE deployment SET seen_at = @now WHERE deployment_id = @known", new { now = Now, known }));
            return known;
        }

        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        await database.LockForMigrationAsync(transaction, cancellationToken);
        var id = await FindAsync()
            ?? await connection.ExecuteScalarAsync<long?>(Command(
                "UPDATE deployment SET deployment_key = @key, seen_at = @now WHERE deployment_id = "
                + "(SELECT MAX(deployment_id) FROM deployment WHERE deployment_key IS NULL) RETURNING deployment_id", new { key, now = Now }, transaction))
            ?? await connection.ExecuteScalarAsync<long>(Command(
                "INSERT INTO deployment (created_at, deployment_key, explicit, seen_at) VALUES (@now, @key, FALSE, @now) RETURNING deployment_id",
                new { key, now = Now }, transaction));
        await transaction.CommitAsync(cancellationToken);
        return _known[key] = id;

        Task<long?> FindAsync() => connection.ExecuteScalarAsync<long?>(Command("SELECT deployment_id FROM deployment WHERE deployment_key = @key", new { key }, transaction));

        CommandDefinition Command(string sql, object values, DbTransaction? within = null) => new(sql, values, within, cancellationToken: cancellationToken);
    }

    /// <summary>Announces a deployment.</summary>
    /// <param name="metadata">JSON text.</param>
    /// <param name="key">The key of its launch; null: the newest that nodes report and nobody has announced, or else the next to come.</param>
    /// <returns>Its number; null: the key is announced already.</returns>
    public async Task<long?> CreateAsync(string metadata, string? key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        await database.LockForMigrationAsync(transaction, cancellationToken);
        var values = new { metadata, key, now = Now, recent = Now - Present.TotalSeconds };
        if (key is not null && await ScalarAsync("SELECT 1 FROM deployment WHERE deployment_key = @key AND explicit") is not null) return null;
        var adopted = key is null
            ? "(SELECT MAX(deployment_id) FROM deployment WHERE NOT explicit AND seen_at >= @recent)"
            : "(SELECT MAX(deployment_id) FROM deployment WHERE NOT explicit AND deployment_key = @key)";
        var id = await ScalarAsync($"UPDATE deployment SET explicit = TRUE, metadata_json = {database.Json("@metadata")} WHERE deployment_id = {adopted} RETURNING deployment_id")
            ?? await ScalarAsync(
                "INSERT INTO deployment (created_at, metadata_json, deployment_key, explicit) "
                + $"VALUES (@now, {database.Json("@metadata")}, @key, TRUE) RETURNING deployment_id");
        await transaction.CommitAsync(cancellationToken);
        return id;

        Task<long?> ScalarAsync(string sql) => connection.ExecuteScalarAsync<long?>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>The newest deployment of which there is data or that was announced; null: none.</summary>
    public async Task<long?> NewestAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long?>(new CommandDefinition("SELECT MAX(deployment_id) FROM deployment", cancellationToken: cancellationToken));
    }
}
