using System.Data.Common;
using Dapper;
using Mysticeti.Engine.Console;
using Npgsql;
using NpgsqlTypes;

namespace Mysticeti.Platform.Database;

/// <summary>PostgreSQL through Npgsql; bulk rows go in by COPY.</summary>
internal sealed class PostgresDatabase : IDatabase
{
    private const long MigrationLock = 0x6D797374;

    private readonly NpgsqlDataSource _source;

    /// <param name="connectionString">As Npgsql takes it: <c>Host=..;Port=..;Username=..;Password=..;Database=..</c></param>
    /// <exception cref="UsageException">It is no connection string. The message does not quote it: it may hold a password.</exception>
    public PostgresDatabase(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString) { Timeout = 5, CommandTimeout = 60, KeepAlive = 10, IncludeErrorDetail = false };
            settings.ApplicationName ??= "mysticeti";
            settings.Database ??= "mysticeti";
            // Only to try it, as is the default, loads a Kerberos library, and the runtime complains on the terminal where there is none.
            if (settings.GssEncryptionMode == GssEncryptionMode.Prefer) settings.GssEncryptionMode = GssEncryptionMode.Disable;
            Description = $"PostgreSQL, database '{settings.Database}' on {settings.Host}:{settings.Port}";
            _source = NpgsqlDataSource.Create(settings);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new UsageException("--db is not a PostgreSQL connection string; it looks like \"Host=localhost;Username=me;Password=..;Database=mysticeti\"");
        }
    }

    public string Description { get; }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => await _source.OpenConnectionAsync(cancellationToken);

    public async Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) => await connection.BeginTransactionAsync(cancellationToken);

    public string Translate(string schema) => schema
        .Replace("$id", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", StringComparison.Ordinal)
        .Replace("$json", "JSONB", StringComparison.Ordinal)
        .Replace("$real", "DOUBLE PRECISION", StringComparison.Ordinal);

    public string Json(string parameter) => $"CAST({parameter} AS JSONB)";

    public string Floor(string expression) => $"CAST(FLOOR({expression}) AS BIGINT)";

    public Task LockForMigrationAsync(DbTransaction transaction, CancellationToken cancellationToken) => transaction.Connection!.ExecuteAsync(
        new CommandDefinition("SELECT pg_advisory_xact_lock(@key)", new { key = MigrationLock }, transaction, cancellationToken: cancellationToken));

    public async Task UpsertAsync(DbTransaction transaction, BulkTable table, IReadOnlyCollection<object?[]> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        var connection = (NpgsqlConnection)transaction.Connection!;
        var stage = $"stage_{table.Name}";
        await ExecuteAsync($"CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {table.ColumnList} FROM {table.Name} WITH NO DATA");
        await using (var copy = await connection.BeginBinaryImportAsync($"COPY {stage} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach (var row in rows)
            {
                await copy.StartRowAsync(cancellationToken);
                for (var i = 0; i < row.Length; i++) await WriteAsync(copy, row[i], table.Columns[i].Type, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await ExecuteAsync($"INSERT INTO {table.Name} ({table.ColumnList}) SELECT {table.ColumnList} FROM {stage} {table.OnConflict}");

        Task<int> ExecuteAsync(string sql) => connection.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, cancellationToken: cancellationToken));
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static Task WriteAsync(NpgsqlBinaryImporter copy, object? value, ColumnType type, CancellationToken cancellationToken) => (value, type) switch
    {
        (null, _) => copy.WriteNullAsync(cancellationToken),
        (_, ColumnType.Whole) => copy.WriteAsync(Convert.ToInt64(value, null), NpgsqlDbType.Bigint, cancellationToken),
        (_, ColumnType.Real) => copy.WriteAsync((double)value, NpgsqlDbType.Double, cancellationToken),
        (_, ColumnType.Flag) => copy.WriteAsync((bool)value, NpgsqlDbType.Boolean, cancellationToken),
        (_, ColumnType.Json) => copy.WriteAsync((string)value, NpgsqlDbType.Jsonb, cancellationToken),
        _ => copy.WriteAsync((string)value, NpgsqlDbType.Text, cancellationToken),
    };
}
