using System.Globalization;
using Dapper;

namespace Mysticeti.Platform.Database;

/// <summary>Where rows of a block lie: in one deployment and one round.</summary>
internal readonly record struct BlockPlace(long Deployment, long Round);

/// <summary>
/// How rows of <c>block_trace</c> are told apart. Ids of blocks are random: by them alone each new row would be written to a page of its own. So the key begins with the
/// part of the history that the block lies in, and a block of which only the id is known is looked up part by part.
/// </summary>
internal static class BlockKey
{
    /// <summary>Rounds of one part; the index has the same expression.</summary>
    public const string Part = "(round / 1024)";

    /// <summary>The natural key, as the unique index has it.</summary>
    public const string Columns = $"deployment_id, {Part}, block_id, node_name";

    private const int MostPlaces = 100;

    /// <summary>The statement that finds up to <c>@most</c> places of block <c>@block</c>, in the deployments of that condition.</summary>
    /// <remarks>
    /// Newest parts first, and no further than needed: the oldest rows may just have been deleted, and until the engine has cleared its indexes up, a search passes
    /// all that is left of them. Subqueries that have one value each are never made into a join, for which the whole table would be read.
    /// </remarks>
    public static string Search(string deployments) => $"""
        WITH RECURSIVE part (of_deployment, number) AS (
            SELECT deployment_id, (SELECT {Part} FROM block_trace WHERE deployment_id = newest.deployment_id ORDER BY deployment_id DESC, {Part} DESC LIMIT 1)
            FROM (SELECT deployment_id FROM deployment{deployments} ORDER BY deployment_id DESC) AS newest
            UNION ALL
            SELECT of_deployment, (SELECT {Part} FROM block_trace WHERE deployment_id = of_deployment AND {Part} < number ORDER BY deployment_id DESC, {Part} DESC LIMIT 1)
            FROM part WHERE number IS NOT NULL),
        found (deployment, round) AS (
            SELECT of_deployment, (SELECT round FROM block_trace WHERE deployment_id = of_deployment AND {Part} = number AND block_id = @block LIMIT 1) FROM part)
        SELECT deployment, round FROM found WHERE round IS NOT NULL LIMIT @most
        """;

    /// <summary>Where rows of a block are: one place for a digest, up to 100, in one deployment each, for an id that is a round and an author.</summary>
    /// <param name="deployment">Where alone it is looked for; null: everywhere.</param>
    public static async Task<IReadOnlyList<BlockPlace>> FindAsync(IDatabase database, string block, long? deployment, CancellationToken cancellationToken)
    {
        var sql = Search(deployment is null ? "" : " WHERE deployment_id = @deployment");
        var most = block.Contains('/', StringComparison.Ordinal) ? MostPlaces : 1;
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<BlockPlace>(new CommandDefinition(sql, new { block, deployment, most }, cancellationToken: cancellationToken))];
    }

    /// <summary>A condition on <c>block_trace</c>: the row is of block <c>@block</c>, which has rows in these places.</summary>
    public static string IsBlock(IReadOnlyList<BlockPlace> places) => places.Count == 0
        ? "1 = 0"
        : $"block_id = @block AND ({string.Join(" OR ", places.Select(place =>
            string.Create(CultureInfo.InvariantCulture, $"deployment_id = {place.Deployment} AND {Part} = {place.Round} / 1024")))})";
}
