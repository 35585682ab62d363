using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mysticeti.Protocol;

/// <summary>What a validator does wrong for a while: the body of <c>PUT /v1/faults</c>.</summary>
/// <remarks>Settable, as all that the JSON source generator reads; never changed once it was checked.</remarks>
public sealed record FaultState
{
    /// <summary>No fault at all.</summary>
    public static FaultState None { get; } = new();

    /// <summary>After so many milliseconds, 1 to 600,000, all faults end by themselves, whatever became of whoever asked for them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExpiresAfterMs { get; set; }

    /// <summary>Faults of peer links. Where several name a peer, the worst of each kind holds.</summary>
    public List<LinkFault> Links { get; set; } = [];

    /// <summary>A second signed block of each own round goes to the peers with odd indexes.</summary>
    public bool Equivocate { get; set; }

    /// <summary>Peers that are sent no own blocks.</summary>
    public List<int> WithholdFrom { get; set; } = [];

    /// <summary>Milliseconds, -60,000 to 60,000, by which the wall clock is wrong.</summary>
    public int ClockSkewMs { get; set; }

    /// <summary>Writing to the block log fails as on a full disk.</summary>
    public bool DiskFull { get; set; }

    /// <summary>The core stands still and the peer links carry nothing.</summary>
    public bool Pause { get; set; }

    /// <summary>Whether nothing is asked for.</summary>
    [JsonIgnore]
    public bool IsEmpty => Links.Count == 0 && WithholdFrom.Count == 0 && !Equivocate && !DiskFull && !Pause && ClockSkewMs == 0;

    /// <summary>The body that asks for this state.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, FaultJson.Default.FaultState);

    internal JsonElement ToElement() => JsonSerializer.SerializeToElement(this, FaultJson.Default.FaultState);

    /// <summary>Reads a body. Only its form is checked, see <see cref="Broken"/> for the rest.</summary>
    /// <exception cref="JsonException">It is not of this form; unknown names are refused.</exception>
    public static FaultState Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, FaultJson.Default.FaultState) ?? throw new JsonException("the body is null");

    /// <summary>The first rule that is broken; null where all hold.</summary>
    /// <param name="self">Index of the validator that has the faults.</param>
    public string? Broken(int self, int committeeSize)
    {
        if (ExpiresAfterMs is not (>= 1 and <= 600_000)) return "expires_after_ms is required, from 1 to 600000: faults end by themselves";
        if (ClockSkewMs is < -60_000 or > 60_000) return "clock_skew_ms must be from -60000 to 60000";
        if (Links is null || Links.Contains(null!)) return "links must be an array of objects";
        if (WithholdFrom is null) return "withhold_from must be an array of authority indexes";
        return Links.Select(link => link.Broken()).FirstOrDefault(rule => rule is not null)
            ?? NoPeer("withhold_from", WithholdFrom) ?? Links.Select(link => NoPeer("peers", link.Peers ?? [])).FirstOrDefault(rule => rule is not null);

        string? NoPeer(string name, IEnumerable<int> peers) => peers.Any(peer => peer == self || peer < 0 || peer >= committeeSize)
            ? $"{name} must name other authorities than {self} itself, from 0 to {committeeSize - 1}"
            : null;
    }
}

/// <summary>A fault of the links to some peers. It holds in both directions.</summary>
/// <remarks>Settable, as all that the JSON source generator reads.</remarks>
public sealed record LinkFault
{
    /// <summary>Authority indexes; null for all peers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<int>? Peers { get; set; }

    /// <summary>Nothing passes.</summary>
    public bool Blocked { get; set; }

    /// <summary>Added to each direction, in milliseconds, 0 to 10,000.</summary>
    public int DelayMs { get; set; }

    /// <summary>Up to so many milliseconds, 0 to 10,000, are added at random, evenly.</summary>
    public int JitterMs { get; set; }

    /// <summary>Share of the packets, 0 to 0.9, that are lost and sent again: what follows waits behind them.</summary>
    public double Loss { get; set; }

    /// <summary>Whether it holds for the link to <paramref name="peer"/>.</summary>
    public bool Names(int peer) => Peers is null || Peers.Contains(peer);

    /// <summary>The first rule that is broken; null where all hold.</summary>
    public string? Broken()
    {
        if (DelayMs is < 0 or > 10_000) return "delay_ms must be from 0 to 10000";
        if (JitterMs is < 0 or > 10_000) return "jitter_ms must be from 0 to 10000";
        return Loss is >= 0 and <= 0.9 ? null : "loss must be from 0 to 0.9";
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(FaultState))]
internal sealed partial class FaultJson : JsonSerializerContext;
