using System.Globalization;
using System.Text;
using Dapper;
using Microsoft.AspNetCore.Http;
using Mysticeti.Platform.Database;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Platform.LogApi;

/// <summary>
/// A table that is answered in pages, the newest rows first. Pages are cut by the rows' ids, so that a page deep down costs no more than the first and nothing
/// shifts while rows come in.
/// </summary>
/// <param name="Table">The table, or a query in brackets with a name.</param>
/// <param name="Id">Its id column.</param>
/// <param name="Texts">Text columns to filter by: parameter and column.</param>
/// <param name="Numbers">Number columns to filter by: parameter and column.</param>
/// <param name="UsualStatus">The status of most rows, which the index of the others leaves out; null: rows have no status.</param>
/// <param name="Blocks">Whether rows are of blocks, to filter by their ids.</param>
internal sealed record PagedTable(
    string Table, string Id, IReadOnlyList<(string Parameter, string Column)> Texts, IReadOnlyList<(string Parameter, string Column)> Numbers, string? UsualStatus = null,
    bool Blocks = false)
{
    private const int MostRows = 1_000;

    /// <summary>Answers <c>{"items":[..],"next":CURSOR}</c>; the cursor is null on the last page.</summary>
    public async Task AnswerAsync(HttpContext context, IDatabase database)
    {
        var limit = (int)(context.QueryNumber("limit", 1, MostRows) ?? 100);
        var where = new StringBuilder("1 = 1");
        var values = new DynamicParameters(new { limit = limit + 1 });
        foreach (var (parameter, column) in Texts) Filter(parameter, column, "=", context.Query(parameter));
        foreach (var (parameter, column) in Numbers) Filter(parameter, column, "=", context.QueryNumber(parameter, 0, long.MaxValue));
        if (Numbers.Any(number => number.Column == "round"))
        {
            Filter("from_round", "round", ">=", context.QueryNumber("from_round", 0, long.MaxValue));
            Filter("to_round", "round", "<=", context.QueryNumber("to_round", 0, long.MaxValue));
        }

        if (UsualStatus is not null && context.Query("status") is { } status)
        {
            Filter("status", "status", "=", status);
            if (status != UsualStatus) where.Append(CultureInfo.InvariantCulture, $" AND status <> '{UsualStatus}'");
        }

        if (Blocks && context.Query("block") is { } block)
        {
            var places = await BlockKey.FindAsync(database, block, context.QueryNumber("deployment", 0, long.MaxValue), context.RequestAborted);
            where.Append(CultureInfo.InvariantCulture, $" AND {BlockKey.IsBlock(places)}");
            values.Add("block", block);
        }

        Filter("cursor", Id, "<", context.QueryNumber("cursor", 0, long.MaxValue));
        var items = await JsonRows.ReadAsync(database, $"SELECT * FROM {Table} WHERE {where} ORDER BY {Id} DESC LIMIT @limit", values, context.RequestAborted);
        string? next = null;
        if (items.Count > limit)
        {
            items.RemoveAt(limit);
            next = Convert.ToString(items[^1][Id], CultureInfo.InvariantCulture);
        }

        await context.SendAsync(new { items, next });

        void Filter(string parameter, string column, string comparison, object? value)
        {
            if (value is null) return;
            where.Append(CultureInfo.InvariantCulture, $" AND {column} {comparison} @{parameter}");
            values.Add(parameter, value);
        }
    }
}
