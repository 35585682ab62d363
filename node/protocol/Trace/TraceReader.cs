using Mysticeti.Consensus;
using System.Collections.Immutable;
using System.Text.Json;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Protocol.Trace;

/// <summary>Reads what <see cref="TraceJson"/> writes, entry by entry, without making a tree of it. Members that it does not know are passed over.</summary>
public ref struct TraceReader
{
    private const Member OfAll = Member.Seq | Member.TsNs | Member.Kind;
    private const Member OfContent = Member.Block | Member.TxCount | Member.Bytes;

    private Utf8JsonReader _json;
    private Member _present;
    private long _round;
    private int _authority;

    /// <param name="entries">The array of the entries; what follows it is not looked at.</param>
    /// <exception cref="FormatException">It is no array.</exception>
    public TraceReader(ReadOnlySpan<byte> entries)
    {
        _json = new Utf8JsonReader(entries);
        Expect(TryRead(ref _json) && _json.TokenType == JsonTokenType.StartArray, "entries is no array");
    }

    // Named as in JSON.
    [Flags]
    private enum Member
    {
        Unknown = 0,
        Seq = 1 << 0,
        TsNs = 1 << 1,
        Kind = 1 << 2,
        Block = 1 << 3,
        TxCount = 1 << 4,
        Bytes = 1 << 5,
        Peer = 1 << 6,
        Origin = 1 << 7,
        Types = 1 << 8,
        Tx = 1 << 9,
        Type = 1 << 10,
        CommitIndex = 1 << 11,
        Duplicate = 1 << 12,
        Round = 1 << 13,
        Offset = 1 << 14,
        Authority = 1 << 15,
        Status = 1 << 16,
        Anchor = 1 << 17,
        Blocks = 1 << 18,
        ChainDigest = 1 << 19,
        Reason = 1 << 20,
        Version = 1 << 21,
    }

    /// <summary>The sequence number of the entry that was read last.</summary>
    public long Seq { get; private set; }

    /// <summary>The entry that was read last.</summary>
    public TraceEntry Entry { get; private set; }

    /// <summary>Whether the entry is of a kind that this version knows; of others only the sequence number is there.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Reads the next entry.</summary>
    /// <returns>False: there are no more.</returns>
    /// <exception cref="FormatException">It is no entry, or lacks what its kind needs.</exception>
    public bool Read()
    {
        try
        {
            _json.Read();
            if (_json.TokenType == JsonTokenType.EndArray) return false;
            Expect(_json.TokenType == JsonTokenType.StartObject, "an entry is no object");
            ReadEntry();
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new FormatException($"behind entry {Seq}: {error.Message}", error);
        }
    }

    private void ReadEntry()
    {
        _present = Member.Unknown;
        (_round, _authority) = (0, -1);
        IsKnown = true;
        var entry = new TraceEntry { Peer = -1, Block = new BlockRef(0, -1, default) };
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(_json.ValueSpan);
            _present |= member;
            _json.Read();
            ReadMember(member, ref entry);
        }

        Need(OfAll, "an entry");
        if (!IsKnown) return;
        Need(Needed(entry.Kind), TraceJson.KindNames[(int)entry.Kind]);
        Entry = entry.Kind switch
        {
            TraceKind.LeaderDecided when (_present & Member.Block) == 0 => entry with { Block = new BlockRef(_round, _authority, default) },
            TraceKind.RoundAdvanced or TraceKind.LeaderTimeout => entry with { Number = _round },
            _ => entry,
        };
    }

    private void ReadMember(Member member, ref TraceEntry entry)
    {
        switch (member)
        {
            case Member.Seq:
                Seq = _json.GetInt64();
                break;
            case Member.TsNs:
                entry.TimestampNs = _json.GetInt64();
                break;
            case Member.Kind:
                var kind = Place(TraceJson.Kinds);
                IsKnown = kind >= 0;
                entry.Kind = (TraceKind)Math.Max(0, kind);
                break;
            case Member.Block or Member.Anchor:
                entry.Block = ReadBlock();
                break;
            case Member.TxCount or Member.Offset:
                entry.Count = _json.GetInt32();
                break;
            case Member.Bytes:
                entry.Bytes = _json.GetInt64();
                break;
            case Member.Peer:
                entry.Peer = _json.GetInt32();
                break;
            case Member.Origin:
                entry.Origin = (BlockOrigin)Known(TraceJson.Origins, "origin");
                break;
            case Member.Types:
                entry.Types = ReadTypes();
                break;
            case Member.Tx or Member.ChainDigest:
                entry.Digest = Digest.ParseUtf8(Text());
                break;
            case Member.Type or Member.Reason or Member.Version:
                entry.Text = _json.GetString();
                break;
            case Member.CommitIndex:
                entry.Number = _json.GetInt64();
                break;
            case Member.Duplicate:
                entry.Duplicate = _json.GetBoolean();
                break;
            case Member.Round:
                _round = _json.GetInt64();
                break;
            case Member.Authority:
                _authority = _json.GetInt32();
                break;
            case Member.Status:
                entry.Status = (LeaderStatus)Known(TraceJson.Statuses, "status");
                break;
            // Of a sync request it is how many blocks were asked for.
            case Member.Blocks when _json.TokenType == JsonTokenType.StartArray:
                entry.Blocks = ReadBlocks();
                break;
            case Member.Blocks:
                entry.Count = _json.GetInt32();
                break;
            default:
                _json.Skip();
                break;
        }
    }

    private BlockRef ReadBlock()
    {
        Expect(_json.TokenType == JsonTokenType.StartObject, "a block is no object");
        long? round = null;
        int? author = null;
        var digest = default(Digest);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = _json.ValueSpan;
            _json.Read();
            if (name.SequenceEqual("round"u8)) round = _json.GetInt64();
            else if (name.SequenceEqual("author"u8)) author = _json.GetInt32();
            else if (name.SequenceEqual("digest"u8)) digest = Digest.ParseUtf8(Text());
            else _json.Skip();
        }

        return round is { } r && author is { } a ? new BlockRef(r, a, digest) : throw new FormatException($"a block behind entry {Seq} lacks round or author");
    }

    private ImmutableArray<BlockRef> ReadBlocks()
    {
        var blocks = ImmutableArray.CreateBuilder<BlockRef>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray) blocks.Add(ReadBlock());
        return blocks.DrainToImmutable();
    }

    private ImmutableArray<(string, int)> ReadTypes()
    {
        Expect(_json.TokenType == JsonTokenType.StartObject, "types is no object");
        var types = ImmutableArray.CreateBuilder<(string, int)>();
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var type = _json.GetString()!;
            _json.Read();
            types.Add((type, _json.GetInt32()));
        }

        return types.DrainToImmutable();
    }

    private readonly ReadOnlySpan<byte> Text()
    {
        Expect(_json.TokenType == JsonTokenType.String, "a word is no string");
        return _json.ValueSpan;
    }

    /// <summary>Which of the names it is; below 0: none of them.</summary>
    private readonly int Place(ImmutableArray<JsonEncodedText> names)
    {
        var text = Text();
        for (var i = 0; i < names.Length; i++)
        {
            if (text.SequenceEqual(names[i].EncodedUtf8Bytes)) return i;
        }

        return -1;
    }

    private readonly int Known(ImmutableArray<JsonEncodedText> names, string member) =>
        Place(names) is >= 0 and var place ? place : throw new FormatException($"an entry behind {Seq} has an unknown {member}");

    private readonly void Need(Member members, string of)
    {
        if ((_present & members) == members) return;
        var missing = (members & ~_present).ToString().Split(", ").Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);
        throw new FormatException($"entry {Seq}: {of} lacks {string.Join(", ", missing)}");
    }

    private static Member Needed(TraceKind kind) => kind switch
    {
        TraceKind.TxReceived => Member.Tx | Member.Bytes,
        TraceKind.TxIncluded => Member.Tx | Member.Block,
        TraceKind.TxCommitted => Member.Tx | Member.CommitIndex | Member.Duplicate,
        TraceKind.BlockProposed => OfContent,
        TraceKind.BlockReceived or TraceKind.BlockAccepted => OfContent | Member.Origin,
        TraceKind.BlockSuspended => Member.Block,
        TraceKind.LeaderDecided => Member.Round | Member.Offset | Member.Authority | Member.Status,
        TraceKind.SubdagCommitted => Member.CommitIndex | Member.Anchor | Member.Blocks | Member.TxCount | Member.Bytes | Member.ChainDigest,
        TraceKind.RoundAdvanced or TraceKind.LeaderTimeout => Member.Round,
        TraceKind.PeerUp or TraceKind.PeerDown => Member.Peer,
        _ => Member.Unknown,
    };

    // The frequent ones first.
    private static Member MemberOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("seq"u8) ? Member.Seq
        : name.SequenceEqual("ts_ns"u8) ? Member.TsNs
        : name.SequenceEqual("kind"u8) ? Member.Kind
        : name.SequenceEqual("block"u8) ? Member.Block
        : name.SequenceEqual("tx_count"u8) ? Member.TxCount
        : name.SequenceEqual("bytes"u8) ? Member.Bytes
        : name.SequenceEqual("origin"u8) ? Member.Origin
        : name.SequenceEqual("peer"u8) ? Member.Peer
        : name.SequenceEqual("round"u8) ? Member.Round
        : name.SequenceEqual("offset"u8) ? Member.Offset
        : name.SequenceEqual("authority"u8) ? Member.Authority
        : name.SequenceEqual("status"u8) ? Member.Status
        : name.SequenceEqual("commit_index"u8) ? Member.CommitIndex
        : name.SequenceEqual("tx"u8) ? Member.Tx
        : name.SequenceEqual("duplicate"u8) ? Member.Duplicate
        : name.SequenceEqual("type"u8) ? Member.Type
        : name.SequenceEqual("types"u8) ? Member.Types
        : name.SequenceEqual("anchor"u8) ? Member.Anchor
        : name.SequenceEqual("blocks"u8) ? Member.Blocks
        : name.SequenceEqual("chain_digest"u8) ? Member.ChainDigest
        : name.SequenceEqual("reason"u8) ? Member.Reason
        : name.SequenceEqual("version"u8) ? Member.Version
        : Member.Unknown;

    private static bool TryRead(ref Utf8JsonReader json)
    {
        try
        {
            return json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new FormatException(otherwise);
    }
}
