using System.Text.Json;
using Dapper;
using Mysticeti.Engine.Measurement;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>The states of an experiment; the last four are final.</summary>
internal enum ExperimentStatus
{
    Pending,
    Running,
    Draining,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,

    /// <summary>It was found unfinished at a start, or the service was stopped in its midst.</summary>
    Interrupted,
}

/// <summary>Keeps experiments: states, rounds and logs.</summary>
internal sealed class ExperimentStore(IDatabase database, TimeProvider time)
{
    private const string Unfinished = "status IN ('pending', 'running', 'draining', 'cancelling')";

    /// <summary>Steps and a cancellation are noted by different threads, in any order: only the end follows upon 'cancelling', and nothing upon the end.</summary>
    private const string UnderWay = "status IN ('pending', 'running', 'draining')";

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>Keeps a new experiment as pending. False: there is one of that name.</summary>
    public async Task<bool> CreateAsync(ExperimentPlan plan, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var inserted = await connection.ExecuteAsync(Command(
            $"""
            INSERT INTO experiment_state (name, description, created_at, updated_at, status, step, step_name, steps, deployment_id, plan_hash, setup_json, plan_json, warnings_json, errors_json)
            VALUES (@name, @description, @now, @now, 'pending', 0, 'waiting', @steps, @deployment, @hash,
                {database.Json("@setup")}, {database.Json("@plan")}, {database.Json("@warnings")}, {database.Json("@errors")}) ON CONFLICT (name) DO NOTHING
            """,
            new
            {
                name = plan.Setup.ExperimentName, description = plan.Setup.Description, now = Now, steps = plan.Steps.Length, deployment = plan.Setup.DeploymentId, hash = plan.PlanHash,
                setup = JsonSerializer.Serialize(plan.Setup, PlatformJson.Options), plan = JsonSerializer.Serialize(plan, PlatformJson.Options),
                warnings = JsonSerializer.Serialize(plan.Warnings, PlatformJson.Options), errors = "[]",
            },
            cancellationToken));
        return inserted == 1;
    }

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long?>(Command("SELECT 1 FROM experiment_state WHERE name = @name", new { name }, cancellationToken)) is not null;
    }

    /// <summary>Notes how far an experiment is, unless it is being cancelled or has ended.</summary>
    public async Task UpdateAsync(string name, ExperimentStatus status, PlannedStep? step, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(Command(
            $"UPDATE experiment_state SET status = @status, updated_at = @now, step = COALESCE(@step, step), step_name = COALESCE(@stepName, step_name) WHERE name = @name AND {UnderWay}",
            new { name, status = Word(status), now = Now, step = step?.Step, stepName = step?.Name }, cancellationToken));
    }

    /// <summary>Notes the deployment that an experiment runs on.</summary>
    public async Task BindAsync(string name, long deployment, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(Command("UPDATE experiment_state SET deployment_id = @deployment WHERE name = @name", new { name, deployment }, cancellationToken));
    }

    /// <summary>Notes what became of an experiment.</summary>
    public async Task EndAsync(string name, ExperimentStatus status, string? comment, IReadOnlyList<string> errors, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(Command(
            $"UPDATE experiment_state SET status = @status, comment = @comment, errors_json = {database.Json("@errors")}, updated_at = @now, ended_at = @now WHERE name = @name",
            new { name, status = Word(status), comment, errors = JsonSerializer.Serialize(errors, PlatformJson.Options), now = Now }, cancellationToken));
    }

    /// <summary>Marks what an earlier process left unfinished.</summary>
    /// <returns>The names.</returns>
    public async Task<IReadOnlyList<string>> InterruptUnfinishedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<string>(Command(
            $"UPDATE experiment_state SET status = 'interrupted', comment = 'found unfinished at start-up; no load runs', updated_at = @now, ended_at = @now WHERE {Unfinished} RETURNING name",
            new { now = Now }, cancellationToken))];
    }

    /// <summary>The name of the newest experiment; null: none.</summary>
    public async Task<string?> NewestAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(Command("SELECT name FROM experiment_state ORDER BY created_at DESC, name LIMIT 1", null, cancellationToken));
    }

    /// <summary>Keeps what a round came to. Doing it twice is doing it once.</summary>
    public async Task AddRoundAsync(ExperimentPlan plan, PlannedRound round, long? deployment, LoadResult result, CancellationToken cancellationToken)
    {
        var ledger = result.Ledger;
        object?[] row =
        [
            plan.Setup.ExperimentName, (long)round.No, deployment, result.StartedAt.ToUnixTimeMilliseconds() / 1000.0, result.WindowSeconds, (long)round.Tps,
            ledger.Committed, ledger.Rejected + ledger.Lost, ledger.Unsent, ledger.Scheduled, result.Latency.P50.Ms, result.Latency.P99.Ms, result.Latency.MaxMs,
            ledger.Rejected, ledger.Lost, ledger.Unsent, result.WindowSeconds > 0 ? ledger.Scheduled / result.WindowSeconds : null, result.Throughput,
            result.Verdict.Status.ToString().ToUpperInvariant(), result.Safety.Safe,
            JsonSerializer.Serialize(
                new
                {
                    targets = round.Targets, stops = round.Stops, verdict_reasons = result.Verdict.Reasons, violations = result.Safety.Violations,
                    interrupted = result.Interrupted, commit_index = result.Safety.CommitIndex, chain_digest = result.Safety.ChainDigest,
                },
                PlatformJson.Options),
        ];
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        await database.UpsertAsync(transaction, RoundTable, [row], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task LogAsync(string name, string level, string text, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(Command(
            "INSERT INTO experiment_log (exp, time, level, text) VALUES (@name, @now, @level, @text)", new { name, now = Now, level, text }, cancellationToken));
    }

    private static readonly BulkTable RoundTable = new(
        "experiment_round",
        [
            ("exp", ColumnType.Text), ("round", ColumnType.Whole), ("deployment_id", ColumnType.Whole), ("start", ColumnType.Real), ("duration", ColumnType.Real),
            ("rate", ColumnType.Whole), ("successful", ColumnType.Whole), ("failed", ColumnType.Whole), ("missed", ColumnType.Whole), ("total", ColumnType.Whole),
            ("p50", ColumnType.Real), ("p99", ColumnType.Real), ("max_latency", ColumnType.Real), ("rejected", ColumnType.Whole), ("lost", ColumnType.Whole),
            ("unsent", ColumnType.Whole), ("offered", ColumnType.Real), ("committed_rate", ColumnType.Real), ("verdict", ColumnType.Text), ("safe", ColumnType.Flag),
            ("detail_json", ColumnType.Json),
        ],
        "exp, round");

    private static string Word(ExperimentStatus status) => status.ToString().ToLowerInvariant();

    private static CommandDefinition Command(string sql, object? values, CancellationToken cancellationToken) => new(sql, values, cancellationToken: cancellationToken);
}
