using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>Rows of a query as JSON objects, columns by their names; columns named <c>.._json</c> are embedded as they are.</summary>
internal static class JsonRows
{
    /// <summary>Reads all rows.</summary>
    public static async Task<List<Dictionary<string, object?>>> ReadAsync(
        IDatabase database, string sql, object? values, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        var rows = new List<Dictionary<string, object?>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new Dictionary<string, object?>(reader.FieldCount, StringComparer.Ordinal);
            for (var i = 0; i < reader.FieldCount; i++) row[reader.GetName(i)] = Value(reader, i);
            rows.Add(row);
        }

        return rows;
    }

    private static object? Value(DbDataReader reader, int column)
    {
        if (reader.IsDBNull(column)) return null;
        var value = reader.GetValue(column);
        // SQLite has no type for true and false, but keeps what the column was declared as.
        if (value is long flag && reader.GetDataTypeName(column).Equals("BOOLEAN", StringComparison.OrdinalIgnoreCase)) return flag != 0;
        if (value is string text && reader.GetName(column).EndsWith("_json", StringComparison.Ordinal)) return PlatformJson.Stored(text);
        return value is decimal number ? Convert.ToDouble(number, CultureInfo.InvariantCulture) : value;
    }
}
