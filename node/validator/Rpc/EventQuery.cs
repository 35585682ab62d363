using System.Globalization;
using System.Text.RegularExpressions;
using Mysticeti.Consensus;

namespace Mysticeti.Validator.Rpc;

/// <summary>The part of CometBFT's query language that is supported: <c>tm.event</c>, <c>tx.hash</c> and <c>tx.height</c>, equal to a value, joined by AND.</summary>
/// <param name="Event">The event's name; null for any.</param>
internal sealed partial record EventQuery(string? Event, Digest? Hash, long? Height)
{
    public const int MaxLength = 512;

    /// <summary>Reads a query.</summary>
    /// <returns>Null where it is understood.</returns>
    public static RpcError? Parse(string text, out EventQuery query)
    {
        query = new EventQuery(null, null, null);
        if (text.Length > MaxLength) return RpcError.Internal("maximum query length exceeded");
        foreach (var part in Conjunction().Split(text))
        {
            var condition = Condition().Match(part);
            if (!condition.Success) return RpcError.Internal($"failed to parse query '{text}': tm.event='NAME', tx.hash='HASH' and tx.height=N are supported, joined by AND");
            var value = condition.Groups["value"].Value;
            switch (condition.Groups["key"].Value)
            {
                case "tm.event":
                    query = query with { Event = value };
                    break;
                case "tx.hash":
                    if (value.Length != Digest.Size * 2 || !value.All(char.IsAsciiHexDigit)) return RpcError.Internal("failed to parse query: a hash has 64 hexadecimal digits");
                    query = query with { Hash = Digest.Parse(value) };
                    break;
                default:
                    if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var height)) return RpcError.Internal("failed to parse query: a height is a number");
                    query = query with { Height = height };
                    break;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^\s*(?<key>tm\.event|tx\.hash|tx\.height)\s*=\s*(?<quote>'?)(?<value>[0-9a-zA-Z]*)\k<quote>\s*$")]
    private static partial Regex Condition();

    [GeneratedRegex(@"\s+AND\s+")]
    private static partial Regex Conjunction();
}
