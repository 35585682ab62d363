using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Nodes;
using Mysticeti.Protocol;

namespace Mysticeti.Engine.Measurement;

/// <summary>
/// What the validators themselves know of a load, asked for beside the measurement and never part of its figures: a validator that does not answer
/// leaves a reason in the report, as an interrupted run does. Each question is answered from counters or from a bounded ring.
/// </summary>
public sealed class TraceEvidence(NodeClient client, IReadOnlyList<NodeEndpoint> nodes, TimeProvider time)
{
    private const int PageSize = 5_000;

    /// <summary>Most transactions that are hashed to recognise the traced ones: about a quarter of a second.</summary>
    private const int MostHashed = 250_000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);
    private Task<LeaderCounts?[]> _before = Task.FromResult<LeaderCounts?[]>([]);

    /// <summary>At the window's start; does not wait.</summary>
    public void BeginWindow(CancellationToken cancellationToken) => _before = CountAsync(cancellationToken);

    /// <summary>At the window's end.</summary>
    public async Task<LeaderOutcomes> EndWindowAsync(CancellationToken cancellationToken)
    {
        var before = await _before;
        if (before.Length == 0) return LeaderOutcomes.Without("the measured window had not begun");

        var after = await CountAsync(cancellationToken);
        return nodes.Select((node, i) => (node.Name, Decided: before[i] is { } first ? after[i]?.Since(first, nodes) : null))
            .Where(n => n.Decided is not null)
            .Select(n => new LeaderOutcomes(n.Name, n.Decided!.Value, null))
            .MaxBy(o => o.Authorities.Sum(a => a.Decided))
            ?? LeaderOutcomes.Without("no validator counted them from the start of the window to its end");
    }

    /// <summary>After the load: follows the traced transactions of the window from the schedule to the observed commit.</summary>
    /// <param name="dueCount">Sequences from here on were not due.</param>
    public async Task<LatencyBreakdown> FollowTransactionsAsync(
        TransactionFactory factory, LoadRecord record, LoadClock clock, int dueCount, CancellationToken cancellationToken)
    {
        var traces = await Task.WhenAll(nodes.Select(node => ReadTraceAsync(node, cancellationToken)));
        if (traces.All(t => t is null)) return LatencyBreakdown.Without("no validator has a trace to read");

        var points = traces.OfType<TracePoints>().SelectMany(t => t.Complete()).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.First().Value);
        return points.Count == 0
            ? LatencyBreakdown.Of([], oneClock: false)
            : LatencyBreakdown.Of(await Task.Run(() => Match(points, factory, record, clock, dueCount)), nodes.All(n => n.RpcUrl.IsLoopback));
    }

    /// <summary>Goes back from the newest transaction until all points have theirs.</summary>
    private static List<TracedTransaction> Match(
        Dictionary<UInt128, (long Received, long Included, long Committed)> points, TransactionFactory factory, LoadRecord record, LoadClock clock, int dueCount)
    {
        var traced = new List<TracedTransaction>();
        var buffer = new byte[factory.LargestSize];
        var hash = new byte[SHA256.HashSizeInBytes];
        for (int i = dueCount - 1, hashed = 0; i >= record.Schedule.WarmUpCount && hashed < MostHashed && traced.Count < points.Count; i--)
        {
            if (record.SentNs(i) == 0 || record.CommitNs(i) == 0) continue;

            hashed++;
            var transaction = buffer.AsSpan(0, factory.SizeOf(i));
            factory.Write(i, transaction);
            SHA256.HashData(transaction, hash);
            if (points.TryGetValue(BinaryPrimitives.ReadUInt128BigEndian(hash), out var at))
            {
                var zero = clock.StartedAtUnixNs;
                traced.Add(new TracedTransaction(
                    zero + record.Schedule.TimeNs(i), zero + record.SentNs(i), at.Received, at.Included, at.Committed, zero + record.CommitNs(i)));
            }
        }

        return traced;
    }

    private Task<LeaderCounts?[]> CountAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(nodes.Select(node => AskAsync(node, NodePaths.Metrics, LeaderCounts.Parse, cancellationToken)));

    private async Task<TracePoints?> ReadTraceAsync(NodeEndpoint node, CancellationToken cancellationToken)
    {
        var points = new TracePoints();
        long after = 0;
        while (true)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{NodePaths.Trace}?kinds=tx_received,tx_included,tx_committed&limit={PageSize}&after={after}");
            var page = await AskAsync(node, path, points.Add, cancellationToken);
            if (page is not { } read) return null;

            after = read.Last;
            if (read.Count < PageSize) return points;
        }
    }

    /// <summary>One answer of a node; null where it does not come, or makes no sense.</summary>
    private async Task<T?> AskAsync<T>(NodeEndpoint node, string path, Func<string, T?> read, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return read(Encoding.UTF8.GetString(await client.GetAsync(node.RpcUrl, path, either.Token)));
        }
        catch (Exception error) when (error is NodeException or OperationCanceledException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            return default;
        }
    }

    /// <summary>When one validator received, included and committed each traced transaction, by the first half of its hash.</summary>
    private sealed class TracePoints
    {
        private readonly Dictionary<UInt128, long> _received = [];
        private readonly Dictionary<UInt128, long> _included = [];
        private readonly Dictionary<UInt128, long> _committed = [];

        /// <summary>Adds the entries of one answer.</summary>
        /// <returns>How many they were and the last one's number.</returns>
        public (int Count, long Last)? Add(string json)
        {
            using var document = JsonDocument.Parse(json);
            var (count, last) = (0, 0L);
            foreach (var entry in document.RootElement.GetProperty("entries").EnumerateArray())
            {
                (count, last) = (count + 1, entry.GetProperty("seq").GetInt64());
                var times = entry.GetProperty("kind").GetString() switch
                {
                    "tx_received" => _received,
                    "tx_included" => _included,
                    "tx_committed" => _committed,
                    _ => null,
                };
                times?.TryAdd(
                    UInt128.Parse(entry.GetProperty("tx").GetString().AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                    entry.GetProperty("ts_ns").GetInt64());
            }

            return (count, last);
        }

        /// <summary>Those that it received from a client itself and that it has seen to the end.</summary>
        public IEnumerable<KeyValuePair<UInt128, (long Received, long Included, long Committed)>> Complete()
        {
            foreach (var (hash, received) in _received)
            {
                if (_included.TryGetValue(hash, out var included) && _committed.TryGetValue(hash, out var committed))
                {
                    yield return new(hash, (received, included, committed));
                }
            }
        }
    }
}
