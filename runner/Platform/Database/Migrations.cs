using System.Collections.Immutable;
using Dapper;
using Mysticeti.Engine.Console;

namespace Mysticeti.Platform.Database;

/// <summary>
/// Brings a database to this version's schema, step by step. <c>$id</c>, <c>$json</c> and <c>$real</c> stand for what the engines call
/// differently; times are seconds since the Unix epoch. A step that was released is never changed: another follows it.
/// </summary>
internal static class Migrations
{
    /// <summary>Applies the steps that are missing, each in a transaction of its own.</summary>
    /// <exception cref="UsageException">The database was made by a newer version.</exception>
    public static async Task ApplyAsync(IDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        while (true)
        {
            await using var transaction = await database.BeginAsync(connection, cancellationToken);
            await database.LockForMigrationAsync(transaction, cancellationToken);
            await ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT PRIMARY KEY, applied_at DOUBLE PRECISION NOT NULL)");
            var version = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                "SELECT COALESCE(MAX(version), 0) FROM schema_migration", transaction: transaction, cancellationToken: cancellationToken));
            if (version > Steps.Length)
                throw new UsageException($"the database ({database.Description}) has schema version {version}; this program knows {Steps.Length}: use a newer one, or another database");
            if (version < Steps.Length)
            {
                await ExecuteAsync(database.Translate(Steps[(int)version]));
                await ExecuteAsync(
                    "INSERT INTO schema_migration (version, applied_at) VALUES (@version, @at)", new { version = version + 1, at = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0 });
            }

            await transaction.CommitAsync(cancellationToken);
            if (version >= Steps.Length - 1) return;

            Task<int> ExecuteAsync(string sql, object? values = null) =>
                connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        }
    }

    /// <summary>The schema's history; the version is the number of steps taken.</summary>
    public static ImmutableArray<string> Steps { get; } =
    [
        """
        CREATE TABLE deployment (
            deployment_id $id, created_at $real NOT NULL, metadata_json $json,
            deployment_key TEXT UNIQUE, explicit BOOLEAN NOT NULL, seen_at $real);

        CREATE TABLE block_trace (
            block_trace_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, block_id TEXT NOT NULL,
            trace_started_at $real NOT NULL, trace_completed_at $real, total_time $real, source TEXT,
            round BIGINT NOT NULL, authority BIGINT NOT NULL, status TEXT NOT NULL, metadata_json $json,
            tx_count BIGINT, bytes BIGINT, accepted_at $real);
        CREATE UNIQUE INDEX block_trace_key ON block_trace (block_id, deployment_id, node_name);
        CREATE INDEX block_trace_round ON block_trace (deployment_id, round, authority);
        CREATE INDEX block_trace_status ON block_trace (status, block_trace_id);
        CREATE INDEX block_trace_node ON block_trace (node_name, deployment_id, block_trace_id);

        CREATE TABLE block_trace_checkpoint (
            block_trace_checkpoint_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, block_id TEXT NOT NULL,
            checkpoint TEXT NOT NULL, started_at $real NOT NULL, metadata_json $json);
        CREATE UNIQUE INDEX block_trace_checkpoint_key ON block_trace_checkpoint (deployment_id, block_id, node_name, checkpoint);

        CREATE TABLE leader_decision (
            leader_decision_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, round BIGINT NOT NULL, slot BIGINT NOT NULL,
            authority BIGINT NOT NULL, status TEXT NOT NULL, block_id TEXT, decided_at $real NOT NULL);
        CREATE UNIQUE INDEX leader_decision_key ON leader_decision (deployment_id, round, slot, node_name);
        CREATE INDEX leader_decision_status ON leader_decision (status, leader_decision_id);
        CREATE INDEX leader_decision_node ON leader_decision (node_name, deployment_id, leader_decision_id);

        CREATE TABLE dag_commit (
            dag_commit_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, commit_index BIGINT NOT NULL,
            round BIGINT NOT NULL, authority BIGINT NOT NULL, block_id TEXT, blocks BIGINT NOT NULL, tx_count BIGINT NOT NULL,
            bytes BIGINT NOT NULL, chain_digest TEXT NOT NULL, committed_at $real NOT NULL);
        CREATE UNIQUE INDEX dag_commit_key ON dag_commit (deployment_id, commit_index, node_name);
        CREATE INDEX dag_commit_round ON dag_commit (deployment_id, round);
        CREATE INDEX dag_commit_node ON dag_commit (node_name, deployment_id, dag_commit_id);
        CREATE INDEX dag_commit_time ON dag_commit (deployment_id, committed_at);

        CREATE TABLE tx_sample (
            tx_sample_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, tx_hash TEXT NOT NULL, status TEXT NOT NULL,
            received_at $real, included_at $real, committed_at $real, block_id TEXT, commit_index BIGINT, duplicate BOOLEAN, bytes BIGINT, round BIGINT);
        CREATE UNIQUE INDEX tx_sample_key ON tx_sample (deployment_id, tx_hash, node_name);
        CREATE INDEX tx_sample_status ON tx_sample (status, tx_sample_id);
        CREATE INDEX tx_sample_node ON tx_sample (node_name, deployment_id, tx_sample_id);
        CREATE INDEX tx_sample_round ON tx_sample (deployment_id, round);
        CREATE INDEX tx_sample_time ON tx_sample (deployment_id, committed_at);

        CREATE TABLE node_event (
            node_event_id $id, deployment_id BIGINT NOT NULL, node_name TEXT NOT NULL, boot_id TEXT NOT NULL, seq BIGINT NOT NULL,
            kind TEXT NOT NULL, at $real NOT NULL, round BIGINT, peer BIGINT, text TEXT);
        CREATE UNIQUE INDEX node_event_key ON node_event (deployment_id, node_name, boot_id, seq);
        CREATE INDEX node_event_kind ON node_event (deployment_id, kind, at);

        CREATE TABLE fetch_cursor (
            node_name TEXT NOT NULL, boot_id TEXT NOT NULL, deployment_id BIGINT NOT NULL, last_seq BIGINT NOT NULL,
            missed BIGINT NOT NULL, updated_at $real NOT NULL, PRIMARY KEY (node_name, boot_id));

        CREATE TABLE heartbeat (
            heartbeat_id $id, public_key TEXT NOT NULL, boot_id TEXT NOT NULL, counter BIGINT NOT NULL, authority BIGINT NOT NULL,
            deployment_key TEXT NOT NULL, created_at $real NOT NULL, received_at $real NOT NULL, rpc_url TEXT NOT NULL, version TEXT NOT NULL,
            round BIGINT NOT NULL, commit_index BIGINT NOT NULL);
        CREATE UNIQUE INDEX heartbeat_key ON heartbeat (public_key, boot_id, counter);
        CREATE INDEX heartbeat_time ON heartbeat (deployment_key, received_at);

        CREATE TABLE node_restarts (
            id $id, deployment_id BIGINT, node_name TEXT NOT NULL, reason TEXT, code BIGINT, object_name TEXT, object_namespace TEXT,
            container_name TEXT, restart_count BIGINT, time $real NOT NULL);
        CREATE INDEX node_restarts_time ON node_restarts (deployment_id, time);

        CREATE TABLE experiment_state (
            name TEXT PRIMARY KEY, description TEXT, created_at $real NOT NULL, updated_at $real NOT NULL, ended_at $real, status TEXT NOT NULL,
            comment TEXT, step BIGINT NOT NULL, step_name TEXT NOT NULL, steps BIGINT NOT NULL, deployment_id BIGINT, plan_hash TEXT NOT NULL,
            setup_json $json NOT NULL, plan_json $json NOT NULL, warnings_json $json NOT NULL, errors_json $json NOT NULL);
        CREATE INDEX experiment_state_time ON experiment_state (created_at);

        CREATE TABLE experiment_round (
            experiment_round_id $id, exp TEXT NOT NULL, round BIGINT NOT NULL, deployment_id BIGINT, start $real NOT NULL, duration $real NOT NULL,
            rate BIGINT NOT NULL, successful BIGINT NOT NULL, failed BIGINT NOT NULL, missed BIGINT NOT NULL, total BIGINT NOT NULL,
            p50 $real, p99 $real, max_latency $real, rejected BIGINT NOT NULL, lost BIGINT NOT NULL, unsent BIGINT NOT NULL,
            offered $real, committed_rate $real, verdict TEXT NOT NULL, safe BOOLEAN NOT NULL, detail_json $json NOT NULL);
        CREATE UNIQUE INDEX experiment_round_key ON experiment_round (exp, round);

        CREATE TABLE experiment_log (
            experiment_log_id $id, exp TEXT NOT NULL, time $real NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL);
        CREATE INDEX experiment_log_exp ON experiment_log (exp, experiment_log_id);

        CREATE TABLE platform_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        """,
        "CREATE INDEX block_trace_empty ON block_trace (block_trace_id) WHERE COALESCE(tx_count, 0) = 0 AND status <> 'rejected';",
        // New rows lie side by side in the keys of blocks, see BlockKey; what nearly all rows have is in no index.
        """
        ALTER TABLE block_trace_checkpoint ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
        UPDATE block_trace_checkpoint SET round = traced.round FROM block_trace AS traced
            WHERE traced.deployment_id = block_trace_checkpoint.deployment_id AND traced.block_id = block_trace_checkpoint.block_id
            AND traced.node_name = block_trace_checkpoint.node_name;
        DROP INDEX block_trace_checkpoint_key;
        CREATE UNIQUE INDEX block_trace_checkpoint_key ON block_trace_checkpoint (deployment_id, round, block_id, node_name, checkpoint);

        DROP INDEX block_trace_key;
        CREATE UNIQUE INDEX block_trace_key ON block_trace (deployment_id, (round / 1024), block_id, node_name);

        DROP INDEX block_trace_status;
        DROP INDEX leader_decision_status;
        DROP INDEX tx_sample_status;
        CREATE INDEX block_trace_status ON block_trace (status, block_trace_id) WHERE status <> 'committed';
        CREATE INDEX leader_decision_status ON leader_decision (status, leader_decision_id) WHERE status <> 'direct-commit';
        CREATE INDEX tx_sample_status ON tx_sample (status, tx_sample_id) WHERE status <> 'committed';
        CREATE INDEX block_trace_accepted ON block_trace (deployment_id, round) WHERE status = 'accepted';
        CREATE INDEX heartbeat_received ON heartbeat (received_at);
        """,
    ];
}
