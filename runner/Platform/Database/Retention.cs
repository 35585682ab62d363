using System.Data.Common;
using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>Keeps the database's size bounded: rows that are too old go, and the oldest ones of a table that has too many.</summary>
/// <param name="Age">Longest age of a row.</param>
/// <param name="Rows">Most rows of a table.</param>
/// <param name="EmptyBlocks">
/// Most rows of blocks without transactions, rejected ones apart: an idle network makes hundreds of them a second, among which those that somebody looks for would vanish.
/// </param>
internal sealed record Retention(TimeSpan Age, long Rows, long EmptyBlocks)
{
    /// <summary>Which rows of <c>block_trace</c> are of empty blocks; an index has the same condition. Where only the commit is known, the content is not.</summary>
    public const string IsEmptyBlock = "COALESCE(tx_count, 0) = 0 AND status <> 'rejected'";

    public static readonly Retention Default = new(TimeSpan.FromDays(7), 20_000_000, 1_000);

    private const int Chunk = 50_000;

    private static readonly (string Table, string Id, string Time)[] Tables =
    [
        ("block_trace", "block_trace_id", "trace_started_at"),
        ("block_trace_checkpoint", "block_trace_checkpoint_id", "started_at"),
        ("leader_decision", "leader_decision_id", "decided_at"),
        ("dag_commit", "dag_commit_id", "committed_at"),
        ("tx_sample", "tx_sample_id", "COALESCE(received_at, included_at, committed_at)"),
        ("node_event", "node_event_id", "at"),
        ("heartbeat", "heartbeat_id", "received_at"),
        ("experiment_log", "experiment_log_id", "time"),
    ];

    /// <summary>Deletes rows of empty blocks but the newest ones. Within the transaction that writes new ones, so that nobody ever sees more.</summary>
    public Task TrimEmptyBlocksAsync(DbTransaction transaction, CancellationToken cancellationToken) => transaction.Connection!.ExecuteAsync(new CommandDefinition(
        $"""
        DELETE FROM block_trace WHERE block_trace_id IN
        (SELECT block_trace_id FROM block_trace WHERE {IsEmptyBlock} ORDER BY block_trace_id DESC LIMIT {Chunk} OFFSET @EmptyBlocks)
        """,
        new { EmptyBlocks }, transaction, cancellationToken: cancellationToken));

    /// <summary>Deletes what is over the other bounds, in transactions that are short. Returns how many rows went.</summary>
    public async Task<long> ApplyAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0 - Age.TotalSeconds;
        await using var connection = await database.OpenAsync(cancellationToken);
        long deleted = 0;
        foreach (var (table, id, at) in Tables)
        {
            // Ids ascend in the order of arrival, so that the rows that are too old or too many are those below one id.
            var bound = 0L;
            bound = (await ScalarAsync($"SELECT MAX({id}) FROM {table}") ?? 0) - Rows;
            while (await ScalarAsync($"SELECT MAX({id}) FROM (SELECT {id}, {at} AS at FROM {table} ORDER BY {id} LIMIT {Chunk}) AS first WHERE at < @oldest OR {id} <= @bound") is { } last)
            {
                deleted += await connection.ExecuteAsync(new CommandDefinition(
                    $"DELETE FROM {table} WHERE {id} <= @last", new { last }, cancellationToken: cancellationToken));
            }

            Task<long?> ScalarAsync(string sql) =>
                connection.ExecuteScalarAsync<long?>(new CommandDefinition(sql, new { oldest, bound }, cancellationToken: cancellationToken));
        }

        return deleted;
    }
}
