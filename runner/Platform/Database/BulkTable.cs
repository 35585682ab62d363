namespace Mysticeti.Platform.Database;

/// <summary>The types that bulk columns have.</summary>
internal enum ColumnType
{
    Whole,
    Real,
    Flag,
    Text,
    Json,
}

/// <summary>A table that is written in bulk.</summary>
/// <param name="Name">Name of the table.</param>
/// <param name="Columns">The columns that are written, in the order of the rows' values.</param>
/// <param name="Key">The natural key, comma-separated.</param>
/// <param name="Merge">What a second row of the same key changes, as behind <c>DO UPDATE SET</c>; empty: nothing.</param>
internal sealed record BulkTable(string Name, IReadOnlyList<(string Name, ColumnType Type)> Columns, string Key, string Merge = "")
{
    public string ColumnList { get; } = string.Join(", ", Columns.Select(column => column.Name));

    public string OnConflict { get; } = Merge.Length == 0 ? $"ON CONFLICT ({Key}) DO NOTHING" : $"ON CONFLICT ({Key}) DO UPDATE SET {Merge}";
}
