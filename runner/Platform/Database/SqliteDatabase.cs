using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Mysticeti.Engine.Console;
using SQLitePCL;

namespace Mysticeti.Platform.Database;

/// <summary>SQLite in one file: nothing to install.</summary>
internal sealed class SqliteDatabase : IDatabase
{
    private readonly string _connectionString;

    /// <param name="path">The file; made where there is none.</param>
    /// <exception cref="UsageException">Its directory cannot be made.</exception>
    public SqliteDatabase(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the database '{path}' cannot be made: {error.Message}");
        }

        Batteries_V2.Init();
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

    public Task UpsertAsync(DbTransaction transaction, BulkTable table, IReadOnlyCollection<object?[]> rows, CancellationToken cancellationToken)
    {
        // By the library's own calls: a command would look up every parameter of every row by its name again.
        var handle = ((SqliteConnection)transaction.Connection!).Handle!;
        var sql = $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select(_ => "?"))}) {table.OnConflict}";
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(handle, sql, out var statement), handle);
        using (statement)
        {
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (var i = 0; i < row.Length; i++) Bind(statement, i + 1, row[i]);
                var result = raw.sqlite3_step(statement);
                if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, handle);
                raw.sqlite3_reset(statement);
            }
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        return ValueTask.CompletedTask;
    }

    private static void Bind(sqlite3_stmt statement, int place, object? value)
    {
        _ = value switch
        {
            null => raw.sqlite3_bind_null(statement, place),
            long number => raw.sqlite3_bind_int64(statement, place, number),
            double number => raw.sqlite3_bind_double(statement, place, number),
            bool flag => raw.sqlite3_bind_int(statement, place, flag ? 1 : 0),
            string text => raw.sqlite3_bind_text(statement, place, text),
            _ => raw.sqlite3_bind_int64(statement, place, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        };
    }
}
