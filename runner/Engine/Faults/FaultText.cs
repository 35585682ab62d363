using System.Collections.Immutable;
using System.Globalization;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Faults;

/// <summary>
/// Reads faults as people write them: <c>kill 1,2 at 10s for 5s</c>, <c>partition 0,1|2,3 at 10s until 20s</c>,
/// <c>slow 1 to 2,3 by 200ms jitter 20ms at 5s</c>, <c>withhold 0 from 2 at 1m</c>. Times are in s, ms or m, without a unit in seconds.
/// </summary>
public static class FaultText
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private static readonly ImmutableArray<(string Word, FaultKind Kind)> Kinds =
    [
        ("kill", FaultKind.Kill), ("pause", FaultKind.Pause), ("restart", FaultKind.Restart), ("disconnect", FaultKind.Disconnect),
        ("partition", FaultKind.Partition), ("slow", FaultKind.Slow), ("loss", FaultKind.Loss), ("clock-skew", FaultKind.ClockSkew),
        ("disk-full", FaultKind.DiskFull), ("equivocate", FaultKind.Equivocate), ("withhold", FaultKind.Withhold),
    ];

    private static readonly ImmutableArray<string> Fields = ["kind", "nodes", "to", "from", "by", "jitter", "at", "for", "until"];

    public static string WordOf(FaultKind kind) => Kinds.First(entry => entry.Kind == kind).Word;

    /// <summary>A fault of a configuration file: <c>{kind: kill, nodes: "1,2", at: 10s, for: 5s}</c>; the other fields are those of the words.</summary>
    /// <exception cref="UsageException">A field is unknown, missing or wrong.</exception>
    public static FaultEvent Parse(IReadOnlyDictionary<string, string> fields)
    {
        if (fields.Keys.FirstOrDefault(name => !Fields.Contains(name)) is { } unknown)
            throw new UsageException($"a fault has no field '{Values.OneLine(unknown)}'; its fields are {string.Join(", ", Fields)}");
        if (!fields.TryGetValue("kind", out var kind)) throw new UsageException($"a fault has no kind; it is one of {Words()}");
        if (!fields.TryGetValue("nodes", out var nodes)) throw new UsageException($"the fault '{Values.OneLine(kind)}' names no nodes");
        var clauses = Fields.Skip(2).Where(fields.ContainsKey).Select(name => $"{name} {Compact(fields[name])}");
        return Parse($"{kind} {Compact(nodes)} {string.Join(' ', clauses)}");
    }

    /// <exception cref="UsageException">It cannot be understood; the message says what is expected.</exception>
    public static FaultEvent Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0) throw new UsageException("a fault is empty; it takes for example 'kill 1 at 10s for 5s'");
        var kinds = Kinds.Where(entry => entry.Word == words[0]).ToArray();
        if (kinds is not [(_, var kind)]) throw Wrong(text, $"'{Values.OneLine(words[0])}' is none of {Words()}");
        if (words.Length < 2) throw Wrong(text, "it names no nodes");
        var clauses = Clauses(text, words);
        var (nodes, peers) = Members(text, kind, words[1], clauses);
        var at = clauses.TryGetValue("at", out var start) ? Time(text, start) : throw Wrong(text, "it does not say when: add for example 'at 10s'");
        var fault = new FaultEvent { Kind = kind, Nodes = nodes, Peers = peers, At = at, Until = End(text, clauses, at) };
        if (kind == FaultKind.Restart && fault.Until is not null) throw Wrong(text, "a restart has no length; to keep nodes down use kill");
        return WithAmount(text, fault, clauses);
    }

    private static Dictionary<string, string> Clauses(string text, string[] words)
    {
        var clauses = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 2; i < words.Length; i += 2)
        {
            if (!Fields.Skip(2).Contains(words[i])) throw Wrong(text, $"'{Values.OneLine(words[i])}' is not expected; after the nodes come to, from, by, jitter, at, for, until");
            if (i + 1 == words.Length) throw Wrong(text, $"nothing follows '{words[i]}'");
            if (!clauses.TryAdd(words[i], words[i + 1])) throw Wrong(text, $"'{words[i]}' comes twice");
        }

        return clauses;
    }

    private static (ImmutableArray<int> Nodes, ImmutableArray<int> Peers) Members(
        string text, FaultKind kind, string members, Dictionary<string, string> clauses)
    {
        var sides = members.Split('|');
        if (sides.Length > 2 || (sides.Length == 2 && kind != FaultKind.Partition)) throw Wrong(text, "only a partition has two sides, as in 0,1|2,3");
        var nodes = NodeSet(text, sides[0]);
        var (to, from) = (clauses.GetValueOrDefault("to"), clauses.GetValueOrDefault("from"));
        if (to is not null && kind is not (FaultKind.Slow or FaultKind.Loss)) throw Wrong(text, "'to' goes with slow and loss only");
        if (from is not null && kind is not (FaultKind.Disconnect or FaultKind.Withhold)) throw Wrong(text, "'from' goes with disconnect and withhold only");
        var others = sides.Length == 2 ? sides[1] : to ?? from;
        var peers = others is null ? [] : NodeSet(text, others);
        return nodes.Intersect(peers).Any() ? throw Wrong(text, $"node {nodes.Intersect(peers).First()} stands on both sides") : (nodes, peers);
    }

    private static ImmutableArray<int> NodeSet(string text, string members)
    {
        var nodes = new SortedSet<int>();
        foreach (var part in members.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Index(ends[0], out var first) || !Index(ends[^1], out var last) || last < first)
                throw Wrong(text, $"'{Values.OneLine(part)}' names no nodes; write indices as 1, 1,2 or 0-2");
            for (var node = first; node <= last; node++) nodes.Add(node);
        }

        return [.. nodes];
    }

    private static bool Index(string text, out int index) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < 1_000;

    private static TimeSpan? End(string text, Dictionary<string, string> clauses, TimeSpan at)
    {
        if (clauses.ContainsKey("for") && clauses.ContainsKey("until")) throw Wrong(text, "it has both 'for' and 'until'");
        if (clauses.TryGetValue("for", out var length))
            return Time(text, length) is { Ticks: > 0 } time ? at + time : throw Wrong(text, "it lasts no time");
        if (!clauses.TryGetValue("until", out var end)) return null;
        return Time(text, end) is var until && until > at ? until : throw Wrong(text, "it ends before it begins");
    }

    private static FaultEvent WithAmount(string text, FaultEvent fault, Dictionary<string, string> clauses)
    {
        var amount = clauses.GetValueOrDefault("by");
        if (clauses.ContainsKey("jitter") && fault.Kind != FaultKind.Slow) throw Wrong(text, "'jitter' goes with slow only");
        switch (fault.Kind)
        {
            case FaultKind.Slow:
                var jitter = clauses.TryGetValue("jitter", out var spread) ? Milliseconds(text, spread) : 0;
                return Milliseconds(text, amount ?? throw Wrong(text, "it does not say how slow: add for example 'by 200ms'")) is var delay and >= 0 and <= 10_000
                    && jitter is >= 0 and <= 10_000
                    ? fault with { DelayMs = delay, JitterMs = jitter }
                    : throw Wrong(text, "delay and jitter may be from 0 to 10s");
            case FaultKind.Loss:
                return fault with { Loss = Share(text, amount ?? throw Wrong(text, "it does not say how much: add for example 'by 5%'")) };
            case FaultKind.ClockSkew:
                return Milliseconds(text, amount ?? throw Wrong(text, "it does not say how far: add for example 'by -500ms'")) is var skew and >= -60_000 and <= 60_000
                    ? fault with { ClockSkewMs = skew }
                    : throw Wrong(text, "a clock may be wrong by at most 60s");
            default:
                return amount is null ? fault : throw Wrong(text, "'by' goes with slow, loss and clock-skew only");
        }
    }

    private static double Share(string text, string amount) =>
        amount.EndsWith('%') && double.TryParse(amount[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 90
            ? percent / 100
            : throw Wrong(text, $"'{Values.OneLine(amount)}' is no share; write it as 5%, more than 0% and at most 90%");

    private static TimeSpan Time(string text, string time) =>
        Duration(time) is { Ticks: >= 0 } value ? value : throw Wrong(text, $"'{Values.OneLine(time)}' is no time; write it as 10s, 500ms or 2m");

    private static int Milliseconds(string text, string time) =>
        Duration(time) is { } value ? (int)value.TotalMilliseconds : throw Wrong(text, $"'{Values.OneLine(time)}' is no time; write it as 200ms or 2s");

    private static TimeSpan? Duration(string text)
    {
        var (number, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 0.001)
            : text.EndsWith('s') ? (text[..^1], 1.0)
            : text.EndsWith('m') ? (text[..^1], 60.0)
            : (text, 1.0);
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        return double.TryParse(number, Style, CultureInfo.InvariantCulture, out var value) && Math.Abs(value * unit) <= Longest.TotalSeconds
            ? TimeSpan.FromSeconds(value * unit)
            : null;
    }

    private static string Words() => string.Join(", ", Kinds.Select(entry => entry.Word));

    private static string Compact(string value) => string.Concat(value.Where(c => !char.IsWhiteSpace(c)));

    private static UsageException Wrong(string text, string why) => new($"the fault '{Values.OneLine(text)}' is not possible: {why}");
}
