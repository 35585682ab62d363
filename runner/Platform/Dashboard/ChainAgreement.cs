using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.Dashboard;

/// <summary>
/// Whether the validators committed the same. A chain digest is of all commits up to its own, so two validators that have one at the same commit agree on every
/// commit before it, and those that once differed differ for ever: the newest commit of each validator is all there is to compare, however long the chain is.
/// </summary>
internal sealed class ChainAgreement(IDatabase database)
{
    /// <param name="heads">The newest commit of each validator.</param>
    public async Task<object> CompareAsync(long id, IReadOnlyDictionary<string, long> heads, CancellationToken cancellationToken)
    {
        var shared = (await DigestsAsync(id, [.. heads.Values.Distinct()], cancellationToken)).Where(commit => commit.Count() > 1).ToArray();
        var conflict = shared.Where(Differs).Select(commit => commit.Key).DefaultIfEmpty(-1).Min();
        var first = conflict < 0 ? [] : await DigestsAsync(id, [await FirstConflictAsync(id, conflict, cancellationToken)], cancellationToken);
        var equivocations = await JsonRows.ReadAsync(
            database, "SELECT COUNT(*) AS n FROM node_event WHERE deployment_id = @id AND kind = 'block_rejected' AND text = 'equivocation'", new { id }, cancellationToken);
        return new
        {
            agreement = shared.Length == 0 ? (bool?)null : conflict < 0,
            compared_nodes = shared.SelectMany(commit => commit).Select(one => one.Node).Distinct().Count(),
            compared_commits = shared.Select(commit => commit.Key).DefaultIfEmpty(0).Max(),
            commit_index = heads.Values.DefaultIfEmpty(0).Max(),
            equivocations = equivocations[0]["n"],
            conflicts = first.Select(commit => new
            {
                commit_index = commit.Key,
                digests = commit.GroupBy(one => one.Digest).ToDictionary(digest => digest.Key, digest => digest.Select(one => one.Node)),
            }),
        };
    }

    /// <summary>The lowest commit that differs, by halving: behind it all differ.</summary>
    private async Task<long> FirstConflictAsync(long id, long differing, CancellationToken cancellationToken)
    {
        for (long same = 0; differing - same > 1;)
        {
            var middle = same + (differing - same) / 2;
            if ((await DigestsAsync(id, [middle], cancellationToken)).Any(Differs)) differing = middle;
            else same = middle;
        }

        return differing;
    }

    private async Task<IEnumerable<IGrouping<long, (string Node, string Digest)>>> DigestsAsync(long id, long[] commits, CancellationToken cancellationToken)
    {
        if (commits.Length == 0) return [];
        var rows = await JsonRows.ReadAsync(
            database, $"SELECT commit_index, node_name, chain_digest FROM dag_commit WHERE deployment_id = @id AND commit_index IN ({string.Join(',', commits)}) ORDER BY commit_index, node_name",
            new { id }, cancellationToken);
        return rows.GroupBy(row => (long)row["commit_index"]!, row => ((string)row["node_name"]!, (string)row["chain_digest"]!));
    }

    private static bool Differs(IGrouping<long, (string Node, string Digest)> commit) => commit.Select(one => one.Digest).Distinct().Count() > 1;
}
