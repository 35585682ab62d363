namespace Mysticeti.Engine.Load;

/// <summary>
/// Which node each transaction goes to: a pattern of nodes that repeats, each taking a group of as many transactions as fall
/// due in a millisecond. A group goes out as one request, which spares generator and nodes most of the system calls of one
/// request for each.
/// </summary>
public sealed class Targets
{
    private readonly int[] _pattern;

    /// <summary>For each slot of the pattern, how many slots later the same node comes again.</summary>
    private readonly int[] _distance;

    /// <summary>Null: all transactions.</summary>
    private WorkerShare? _share;

    /// <param name="pattern">The node of each slot, in turn; at least one.</param>
    /// <param name="group">Transactions in a row for the same node, at least 1.</param>
    public Targets(IReadOnlyList<int> pattern, int group)
    {
        _pattern = [.. pattern];
        _distance = new int[_pattern.Length];
        Group = group;
        for (var slot = 0; slot < _pattern.Length; slot++)
        {
            var distance = 1;
            while (_pattern[(slot + distance) % _pattern.Length] != _pattern[slot]) distance++;

            _distance[slot] = distance;
        }
    }

    /// <summary>Transactions in a row for the same node.</summary>
    public int Group { get; }

    /// <summary>Every node in turn, for an offered load in transactions a second.</summary>
    public static Targets RoundRobin(int nodes, int load) => new([.. Enumerable.Range(0, nodes)], GroupFor(load));

    /// <summary>
    /// Every node by its weight, spread as evenly as weights allow (smooth weighted round-robin): in each turn every node gains its
    /// weight, and the one that has most pays the sum of all.
    /// </summary>
    /// <param name="weights">One a node, at least 0, not all 0.</param>
    /// <param name="load">Offered load in transactions a second.</param>
    public static Targets Weighted(IReadOnlyList<int> weights, int load)
    {
        var total = weights.Sum();
        var divisor = weights.Aggregate((a, b) => (int)System.Numerics.BigInteger.GreatestCommonDivisor(a, b));
        var gained = new long[weights.Count];
        var pattern = new int[total / divisor];
        for (var slot = 0; slot < pattern.Length; slot++)
        {
            var best = 0;
            for (var node = 0; node < gained.Length; node++)
            {
                gained[node] += weights[node];
                best = gained[node] > gained[best] ? node : best;
            }

            gained[best] -= total;
            pattern[slot] = best;
        }

        return new Targets(pattern, GroupFor(load));
    }

    /// <summary>The same targets, where <see cref="First"/> and <see cref="Next"/> name only the transactions of one worker.</summary>
    internal Targets Of(WorkerShare share) => new(_pattern, Group) { _share = share };

    public int NodeOf(int sequence) => _pattern[sequence / Group % _pattern.Length];

    /// <summary>The first transaction of a node; beyond every schedule where it gets none.</summary>
    public int First(int node) => Array.IndexOf(_pattern, node) is >= 0 and int slot ? Shared(slot * Group) : int.MaxValue;

    /// <summary>The next transaction of the same node; beyond every schedule where there is none.</summary>
    public int Next(int sequence)
    {
        var next = sequence + 1;
        return next % Group == 0 ? Shared(next + ((_distance[sequence / Group % _pattern.Length] - 1) * Group)) : next;
    }

    /// <summary>The beginning of a group, or of the next one of the same node that is in the share.</summary>
    private int Shared(int sequence)
    {
        if (_share is null) return sequence;

        // After so many groups the pattern and the workers' turns repeat: what was not there by then does not come.
        var end = sequence + ((long)_pattern.Length * _share.Workers * Group);
        for (long at = sequence; at < end && at < int.MaxValue; at += (long)_distance[at / Group % _pattern.Length] * Group)
        {
            if (_share.Has((int)at)) return (int)at;
        }

        return int.MaxValue;
    }

    private static int GroupFor(int load) => Math.Clamp(load / 1000, 1, 100);
}
