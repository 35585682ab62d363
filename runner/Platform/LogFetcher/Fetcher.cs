using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using Mysticeti.Consensus;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Nodes;
using Mysticeti.Platform.Database;

namespace Mysticeti.Platform.LogFetcher;

/// <summary>
/// Copies the traces of all known nodes into the database: a round asks every node for what is behind its cursor and saves all of it, cursors included,
/// in one transaction. Frozen, it only looks which launches there are.
/// </summary>
internal sealed class Fetcher(IDatabase database, DeploymentStore deployments, KnownNodes known, Retention retention, TimeProvider time, TextWriter problems) : IDisposable
{
    private const string FrozenSetting = "log_fetcher_frozen";
    private const int PageSize = 4_000;
    private const int AtOnce = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan UncommittedInterval = TimeSpan.FromSeconds(10);
    private static readonly int GcDepth = new ConsensusParameters().GcDepth;

    private readonly NodeClient _client = new();
    private readonly ConcurrentDictionary<string, FetchedNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<long, long> _committedRounds = [];
    private readonly SettingStore _settings = new(database);
    private readonly SemaphoreSlim _round = new(1, 1);
    private long _entries;

    /// <summary>Whether fetching is stopped on purpose.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>Entries saved since the start.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>The nodes by name; those that never answered last.</summary>
    public IReadOnlyList<FetchedNode> Nodes => [.. _nodes.Values.OrderBy(node => node.Authority ?? int.MaxValue).ThenBy(node => node.RpcUrl.Authority, StringComparer.Ordinal)];

    /// <summary>How far the database is behind the nodes that answer; null: none answered yet.</summary>
    public TimeSpan? Lag => _nodes.Values.Where(node => node is { Problem: null, CaughtUpAt: not null }).Select(node => time.GetUtcNow() - node.CaughtUpAt).Max();

    /// <summary>Fetches until cancelled. A database that is away is waited for.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var lastUncommitted = time.GetUtcNow();
        await LoadFrozenAsync(cancellationToken);
        while (true)
        {
            var begin = time.GetTimestamp();
            var more = false;
            try
            {
                await _round.WaitAsync(cancellationToken);
                try
                {
                    if (IsFrozen) await LookAsync(cancellationToken);
                    else more = await FetchAsync(await DueAsync(cancellationToken), cancellationToken);
                }
                finally
                {
                    _round.Release();
                }

                if (time.GetUtcNow() - lastUncommitted >= UncommittedInterval)
                {
                    lastUncommitted = time.GetUtcNow();
                    await MarkUncommittedAsync(cancellationToken);
                }
            }
            catch (Exception error) when (error is DbException or TimeoutException or IOException)
            {
                await problems.WriteLineAsync($"log-fetcher: the database does not take entries ({Values.OneLine(error.Message)}); they are fetched again");
                await Task.Delay(RetryAfter, time, cancellationToken);
            }

            var rest = Interval - time.GetElapsedTime(begin);
            if (!more && rest > TimeSpan.Zero) await Task.Delay(rest, time, cancellationToken);
        }
    }

    /// <summary>Fetches what the nodes have by now, and stops. Nodes that are down are left as they are. Doing it twice is doing it once.</summary>
    public async Task FreezeAsync(CancellationToken cancellationToken)
    {
        await _round.WaitAsync(cancellationToken);
        try
        {
            if (IsFrozen) return;
            await DrainAsync(cancellationToken);
            await SetFrozenAsync(true, cancellationToken);
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Goes on behind what was fetched last.</summary>
    public async Task UnfreezeAsync(CancellationToken cancellationToken)
    {
        await _round.WaitAsync(cancellationToken);
        try
        {
            if (!IsFrozen) return;
            foreach (var node in _nodes.Values) node.CaughtUpAt = null;
            await SetFrozenAsync(false, cancellationToken);
        }
        finally
        {
            _round.Release();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _round.Dispose();
    }

    private async Task LoadFrozenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                IsFrozen = await _settings.ReadAsync(FrozenSetting, cancellationToken) == "true";
                return;
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    private async Task SetFrozenAsync(bool frozen, CancellationToken cancellationToken)
    {
        await _settings.WriteAsync(FrozenSetting, frozen ? "true" : "false", cancellationToken);
        IsFrozen = frozen;
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        var nodes = await KnownAsync(cancellationToken);
        // The first answer says how far each node is; what comes after that is for after the freeze.
        await FetchAsync(nodes, cancellationToken);
        var targets = nodes.ToDictionary(node => node, node => node.NextSeq - 1);
        while (time.GetElapsedTime(begin) < LongestDrain)
        {
            var behind = nodes.Where(node => node.Problem is null && node.LastSeq < targets[node]).ToArray();
            if (behind.Length == 0) return;
            await FetchAsync(behind, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<FetchedNode>> KnownAsync(CancellationToken cancellationToken)
    {
        var urls = await known.ListAsync(cancellationToken);
        foreach (var gone in _nodes.Keys.Except(urls.Select(url => url.Authority)).ToArray()) _nodes.TryRemove(gone, out _);
        return [.. urls.Select(url => _nodes.GetOrAdd(url.Authority, _ => new FetchedNode(url)))];
    }

    private async Task<IReadOnlyList<FetchedNode>> DueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return [.. (await KnownAsync(cancellationToken)).Where(node => node.RetryAt <= now)];
    }

    /// <summary>One round. True: some node has more already.</summary>
    private async Task<bool> FetchAsync(IReadOnlyList<FetchedNode> nodes, CancellationToken cancellationToken)
    {
        var asked = time.GetUtcNow();
        var pages = new TracePage?[nodes.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForAsync(0, nodes.Count, options, async (i, token) => pages[i] = await AskAsync(nodes[i], token));
            var batch = new TraceBatch();
            var seen = new Dictionary<string, long>(StringComparer.Ordinal);
            var taken = new TakenEntries[nodes.Count];
            for (var i = 0; i < nodes.Count; i++)
            {
                if (pages[i] is not { } page) continue;
                if (!seen.TryGetValue(page.DeploymentKey, out var deployment)) seen[page.DeploymentKey] = deployment = await deployments.SeenAsync(page.DeploymentKey, cancellationToken);
                nodes[i].DeploymentId = deployment;
                taken[i] = Take(nodes[i], page, deployment, batch);
            }

            if (batch.Entries > 0) await batch.SaveAsync(database, retention, cancellationToken);
            Interlocked.Add(ref _entries, batch.Entries);
            foreach (var (deployment, round) in batch.CommittedRounds) _committedRounds[deployment] = round;
            var more = false;
            for (var i = 0; i < nodes.Count; i++)
            {
                if (pages[i] is not { } page || nodes[i].Problem is not null) continue;
                (nodes[i].Missed, nodes[i].LastSeq) = (MissedWith(nodes[i], taken[i]), taken[i].Last ?? nodes[i].LastSeq);
                if (nodes[i].LastSeq >= page.NextSeq - 1) nodes[i].CaughtUpAt = asked;
                more |= taken[i].Count == PageSize;
            }

            return more;
        }
        finally
        {
            foreach (var page in pages) page?.Dispose();
        }
    }

    private TakenEntries Take(FetchedNode node, TracePage page, long deployment, TraceBatch batch)
    {
        try
        {
            var taken = batch.Add(page, deployment);
            if (taken.Last is { } last) batch.Cover(page, deployment, last, MissedWith(node, taken), time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            return taken;
        }
        catch (FormatException error)
        {
            Fail(node, $"its trace cannot be read: {error.Message}");
            return default;
        }
    }

    private static long MissedWith(FetchedNode node, TakenEntries taken) => node.Missed + Math.Max(0, (taken.First ?? 0) - node.LastSeq - 1);

    /// <summary>What the node has behind its cursor; null where it does not answer.</summary>
    private async Task<TracePage?> AskAsync(FetchedNode node, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestAnswer);
        try
        {
            var page = node.BootId is null ? await GetAsync(node, 0, 1, limit.Token) : await GetAsync(node, node.LastSeq, PageSize, limit.Token);
            if (page.BootId != node.BootId || page.Node != node.Name)
            {
                using (page) await MeetAsync(node, page, limit.Token);
                page = await GetAsync(node, node.LastSeq, PageSize, limit.Token);
                if (page.BootId != node.BootId) throw new FormatException("the node started anew meanwhile");
            }

            (node.NextSeq, node.Problem) = (page.NextSeq, null);
            return page;
        }
        catch (Exception error) when (error is NodeException or FormatException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Fail(node, error is OperationCanceledException ? "no answer" : Values.OneLine(error.Message));
            return null;
        }
    }

    /// <summary>A node that is new here, or was started anew: its cursor may be known from before.</summary>
    private async Task MeetAsync(FetchedNode node, TracePage page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var cursor = await connection.QuerySingleOrDefaultAsync<(long LastSeq, long Missed)>(new CommandDefinition(
            "SELECT last_seq, missed FROM fetch_cursor WHERE node_name = @Node AND boot_id = @BootId", new { page.Node, page.BootId }, cancellationToken: cancellationToken));
        (node.Name, node.Authority, node.BootId, node.DeploymentKey) = (page.Node, page.Authority, page.BootId, page.DeploymentKey);
        (node.LastSeq, node.Missed, node.CaughtUpAt) = (cursor.LastSeq, cursor.Missed, null);
    }

    private Task<TracePage> GetAsync(FetchedNode node, long after, int limit, CancellationToken cancellationToken) =>
        TracePage.AskAsync(_client, node.RpcUrl, after, limit, cancellationToken);

    /// <summary>Sees which launches there are, so that a deployment that is announced meanwhile finds its key.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var node in await DueAsync(cancellationToken))
        {
            try
            {
                using var page = await GetAsync(node, node.LastSeq, 1, cancellationToken);
                // So that a fetcher that was started frozen knows where it stopped.
                if (page.BootId != node.BootId || page.Node != node.Name) await MeetAsync(node, page, cancellationToken);
                node.DeploymentId = await deployments.SeenAsync(page.DeploymentKey, cancellationToken);
                (node.NextSeq, node.Problem) = (page.NextSeq, null);
            }
            catch (Exception error) when (error is NodeException or FormatException or IOException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Fail(node, Values.OneLine(error.Message));
            }
        }
    }

    /// <summary>
    /// Blocks that lie so deep that they were garbage-collected can be committed no more. Of those that a node read back from its log it tells no commit.
    /// </summary>
    private async Task MarkUncommittedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        foreach (var (deployment, round) in _committedRounds)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "UPDATE block_trace SET status = 'uncommitted' WHERE deployment_id = @deployment AND status = 'accepted' AND round < @bound AND source <> 'recovered'",
                new { deployment, bound = round - GcDepth }, cancellationToken: cancellationToken));
        }
    }

    private void Fail(FetchedNode node, string problem) => (node.Problem, node.RetryAt) = (problem, time.GetUtcNow() + RetryAfter);
}
