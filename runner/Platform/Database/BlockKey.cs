namespace Mysticeti.Runner.Platform.Database;

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

    /// <summary>A condition on <c>block_trace</c>: the row is of block <c>@block</c>.</summary>
    public const string IsBlock = $"""
        block_trace_id IN (
            WITH RECURSIVE part (of_deployment, number) AS (
                SELECT deployment_id, (SELECT {Part} FROM block_trace WHERE deployment_id = deployment.deployment_id ORDER BY deployment_id, {Part} LIMIT 1) FROM deployment
                UNION ALL
                SELECT of_deployment, (SELECT {Part} FROM block_trace WHERE deployment_id = of_deployment AND {Part} > number ORDER BY deployment_id, {Part} LIMIT 1)
                FROM part WHERE number IS NOT NULL)
            SELECT block_trace_id FROM part CROSS JOIN block_trace WHERE deployment_id = of_deployment AND {Part} = number AND block_id = @block)
        """;
}
