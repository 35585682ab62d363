using System.Data.Common;

namespace Mysticeti.Platform.Database;

/// <summary>
/// The platform's database, on either engine. SQL is written once, in what both understand; where they differ, this says how.
/// Several threads may use it at once.
/// </summary>
internal interface IDatabase : IAsyncDisposable
{
    /// <summary>What people are told; no secret in it.</summary>
    string Description { get; }

    /// <summary>An open connection; whoever asks disposes of it.</summary>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Begins a transaction that may write.</summary>
    Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>The migration's text in this engine's own words; see <see cref="Migrations"/>.</summary>
    string Translate(string schema);

    /// <summary>A parameter that holds JSON text, as a value for a JSON column.</summary>
    string Json(string parameter);

    /// <summary>A number that is not negative, rounded down to a whole one.</summary>
    string Floor(string expression);

    /// <summary>Keeps two programs from migrating at once, until the transaction ends.</summary>
    Task LockForMigrationAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Inserts rows, or merges them into those with the same key. No two rows may have the same key.</summary>
    Task UpsertAsync(DbTransaction transaction, BulkTable table, IReadOnlyCollection<object?[]> rows, CancellationToken cancellationToken);
}
