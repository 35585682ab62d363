using Dapper;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.ExperimentsApi;

/// <summary>What the database holds of experiments, as services answer it.</summary>
internal sealed class ExperimentQueries(IDatabase database)
{
    private const string StateColumns =
        "name, description, created_at, updated_at, ended_at, status, comment, step, step_name, steps, deployment_id, plan_hash, setup_json, warnings_json, errors_json";

    private const string RoundColumns =
        "exp, round, deployment_id, start, duration, rate, successful, failed, missed, total, p50, p99, max_latency";

    /// <summary>Rounds of all experiments, the newest first, and how many there are.</summary>
    public async Task<(List<Dictionary<string, object?>> Rows, long Total)> RoundsAsync(
        string? experiment, long? deployment, long limit, long offset, CancellationToken cancellationToken)
    {
        var where = (experiment is null ? "1 = 1" : "exp = @experiment") + (deployment is null ? "" : " AND deployment_id = @deployment");
        var values = new { experiment, deployment, limit, offset };
        await using var connection = await database.OpenAsync(cancellationToken);
        var total = await connection.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT COUNT(*) FROM experiment_round WHERE {where}", values, cancellationToken: cancellationToken));
        var rows = await JsonRows.ReadAsync(
            database, $"SELECT {RoundColumns} FROM experiment_round WHERE {where} ORDER BY experiment_round_id DESC LIMIT @limit OFFSET @offset", values, cancellationToken);
        return (rows, total);
    }

    /// <summary>Rounds of one experiment in order, with everything that is known of them.</summary>
    public async Task<List<Dictionary<string, object?>>> DetailedRoundsAsync(string experiment, CancellationToken cancellationToken)
    {
        var rows = await JsonRows.ReadAsync(
            database,
            $"SELECT {RoundColumns}, rejected, lost, unsent, offered, committed_rate, verdict, safe, detail_json FROM experiment_round WHERE exp = @experiment ORDER BY round",
            new { experiment }, cancellationToken);
        foreach (var row in rows)
        {
            if (row.Remove("detail_json", out var detail) && detail is System.Text.Json.JsonElement more)
            {
                foreach (var member in more.EnumerateObject()) row[member.Name] = member.Value;
            }
        }

        return rows;
    }

    /// <summary>An experiment's state; null: unknown.</summary>
    public async Task<Dictionary<string, object?>?> StateAsync(string name, CancellationToken cancellationToken) =>
        (await StatesAsync("WHERE name = @name", new { name }, cancellationToken)).FirstOrDefault();

    /// <summary>The newest experiments.</summary>
    public Task<List<Dictionary<string, object?>>> NewestAsync(long limit, long offset, CancellationToken cancellationToken) =>
        StatesAsync("ORDER BY created_at DESC, name LIMIT @limit OFFSET @offset", new { limit, offset }, cancellationToken);

    /// <summary>The plan of an experiment.</summary>
    public async Task<object?> PlanAsync(string name, CancellationToken cancellationToken) =>
        (await JsonRows.ReadAsync(database, "SELECT plan_json FROM experiment_state WHERE name = @name", new { name }, cancellationToken)).FirstOrDefault()?["plan_json"];

    /// <summary>Log lines in order: the newest, or those behind an id.</summary>
    public async Task<List<Dictionary<string, object?>>> LogsAsync(string name, long after, long limit, CancellationToken cancellationToken)
    {
        var rows = await JsonRows.ReadAsync(
            database,
            "SELECT experiment_log_id AS id, time, level, text FROM experiment_log WHERE exp = @name AND experiment_log_id > @after ORDER BY experiment_log_id DESC LIMIT @limit",
            new { name, after, limit }, cancellationToken);
        rows.Reverse();
        return rows;
    }

    private async Task<List<Dictionary<string, object?>>> StatesAsync(string tail, object values, CancellationToken cancellationToken)
    {
        var rows = await JsonRows.ReadAsync(database, $"SELECT {StateColumns} FROM experiment_state {tail}", values, cancellationToken);
        foreach (var row in rows)
        {
            foreach (var name in (string[])["warnings", "errors"])
            {
                row.Remove($"{name}_json", out var list);
                row[name] = list;
            }

            // They are told when there is something to tell.
            foreach (var name in (string[])["ended_at", "comment"])
            {
                if (row[name] is null) row.Remove(name);
            }
        }

        return rows;
    }
}
