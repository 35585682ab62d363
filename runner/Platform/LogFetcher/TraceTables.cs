using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>
/// The tables that traces are written to. Merging a row with itself changes nothing, and the order of two rows of one key does not matter: so entries may be
/// fetched twice and in any order.
/// </summary>
internal static class TraceTables
{
    private const string Rank = "WHEN 'seen' THEN 0 WHEN 'rejected' THEN 1 WHEN 'accepted' THEN 2 WHEN 'uncommitted' THEN 3 ELSE 4 END";

    private static readonly string Started = Earliest("block_trace", "trace_started_at");

    private static readonly string Completed = Earliest("block_trace", "trace_completed_at");

    public static readonly BulkTable Blocks = new(
        "block_trace",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("block_id", ColumnType.Text), ("trace_started_at", ColumnType.Real),
            ("trace_completed_at", ColumnType.Real), ("total_time", ColumnType.Real), ("source", ColumnType.Text), ("round", ColumnType.Whole),
            ("authority", ColumnType.Whole), ("status", ColumnType.Text), ("metadata_json", ColumnType.Json), ("tx_count", ColumnType.Whole),
            ("bytes", ColumnType.Whole), ("accepted_at", ColumnType.Real),
        ],
        BlockKey.Columns,
        $"""
        trace_started_at = {Started}, trace_completed_at = {Completed}, total_time = {Completed} - {Started},
        source = COALESCE(block_trace.source, excluded.source),
        status = CASE WHEN CASE excluded.status {Rank} > CASE block_trace.status {Rank} THEN excluded.status ELSE block_trace.status END,
        metadata_json = COALESCE(block_trace.metadata_json, excluded.metadata_json), tx_count = COALESCE(block_trace.tx_count, excluded.tx_count),
        bytes = COALESCE(block_trace.bytes, excluded.bytes), accepted_at = {Earliest("block_trace", "accepted_at")}
        """);

    public static readonly BulkTable Checkpoints = new(
        "block_trace_checkpoint",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("round", ColumnType.Whole), ("block_id", ColumnType.Text),
            ("checkpoint", ColumnType.Text), ("started_at", ColumnType.Real), ("metadata_json", ColumnType.Json),
        ],
        "deployment_id, round, block_id, node_name, checkpoint");

    public static readonly BulkTable Leaders = new(
        "leader_decision",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("round", ColumnType.Whole), ("slot", ColumnType.Whole),
            ("authority", ColumnType.Whole), ("status", ColumnType.Text), ("block_id", ColumnType.Text), ("decided_at", ColumnType.Real),
        ],
        "deployment_id, round, slot, node_name");

    public static readonly BulkTable Commits = new(
        "dag_commit",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("commit_index", ColumnType.Whole), ("round", ColumnType.Whole),
            ("authority", ColumnType.Whole), ("block_id", ColumnType.Text), ("blocks", ColumnType.Whole), ("tx_count", ColumnType.Whole),
            ("bytes", ColumnType.Whole), ("chain_digest", ColumnType.Text), ("committed_at", ColumnType.Real),
        ],
        "deployment_id, commit_index, node_name");

    public static readonly BulkTable Transactions = new(
        "tx_sample",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("tx_hash", ColumnType.Text), ("status", ColumnType.Text),
            ("received_at", ColumnType.Real), ("included_at", ColumnType.Real), ("committed_at", ColumnType.Real), ("block_id", ColumnType.Text),
            ("commit_index", ColumnType.Whole), ("duplicate", ColumnType.Flag), ("bytes", ColumnType.Whole), ("round", ColumnType.Whole),
        ],
        "deployment_id, tx_hash, node_name",
        $"""
        received_at = {Earliest("tx_sample", "received_at")}, included_at = {Earliest("tx_sample", "included_at")},
        committed_at = {Earliest("tx_sample", "committed_at")}, block_id = COALESCE(tx_sample.block_id, excluded.block_id),
        commit_index = COALESCE(tx_sample.commit_index, excluded.commit_index), duplicate = COALESCE(tx_sample.duplicate, excluded.duplicate),
        bytes = COALESCE(tx_sample.bytes, excluded.bytes), round = COALESCE(tx_sample.round, excluded.round),
        status = CASE WHEN 'committed' IN (tx_sample.status, excluded.status) THEN 'committed'
            WHEN 'included' IN (tx_sample.status, excluded.status) THEN 'included' ELSE 'received' END
        """);

    public static readonly BulkTable Events = new(
        "node_event",
        [
            ("deployment_id", ColumnType.Whole), ("node_name", ColumnType.Text), ("boot_id", ColumnType.Text), ("seq", ColumnType.Whole),
            ("kind", ColumnType.Text), ("at", ColumnType.Real), ("round", ColumnType.Whole), ("peer", ColumnType.Whole), ("text", ColumnType.Text),
        ],
        "deployment_id, node_name, boot_id, seq");

    public static readonly BulkTable Cursors = new(
        "fetch_cursor",
        [
            ("node_name", ColumnType.Text), ("boot_id", ColumnType.Text), ("deployment_id", ColumnType.Whole), ("last_seq", ColumnType.Whole),
            ("missed", ColumnType.Whole), ("updated_at", ColumnType.Real),
        ],
        "node_name, boot_id",
        "last_seq = excluded.last_seq, missed = excluded.missed, updated_at = excluded.updated_at, deployment_id = excluded.deployment_id");

    private static string Earliest(string table, string column) =>
        $"COALESCE(CASE WHEN excluded.{column} < {table}.{column} THEN excluded.{column} END, {table}.{column}, excluded.{column})";
}
