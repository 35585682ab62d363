using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Mysticeti.Runner.Platform.Database;

/// <summary>SQLite in one file: nothing to install.</summary>
internal sealed class SqliteDatabase : IDatabase
{
    private readonly string _connectionString;

    /// <param name="path">The file; made where there is none.</param>
    /// <exception cref="Cli.UsageException">Its directory cannot be made.</exception>
    public SqliteDatabase(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Cli.UsageException($"the database '{path}' cannot be made: {error.Message}");
        }

        SQLitePCL.Batteries_V2.Init();
        Description = $"SQLite, {path}";
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 30, ForeignKeys = false }.ToString();
    }

    public string Description { get; }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            // Readers and the one writer do not wait for each other; a crash of the machine may cost the newest rows, never the file.
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) => await connection.BeginTransactionAsync(cancellationToken);

    public string Translate(string schema) => schema
        .Replace("$id", "INTEGER PRIMARY KEY AUTOINCREMENT", StringComparison.Ordinal)
        .Replace("$json", "TEXT", StringComparison.Ordinal)
        .Replace("$real", "REAL", StringComparison.Ordinal);

    public string Json(string parameter) => parameter;

    public string Floor(string expression) => $"CAST({expression} AS INTEGER)";

    // A transaction that is begun holds the write lock already.
    public Task LockForMigrationAsync(DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task UpsertAsync(DbTransaction transaction, BulkTable table, IReadOnlyCollection<object?[]> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select((_, i) => $"@p{i}"))}) {table.OnConflict}";
        var parameters = table.Columns.Select((_, i) => new SqliteParameter($"@p{i}", DBNull.Value)).ToArray();
        command.Parameters.AddRange(parameters);
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++) parameters[i].Value = row[i] ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        return ValueTask.CompletedTask;
    }
}
