using System.Text;
using System.Text.Json;
using Mysticeti.Consensus;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;

namespace Mysticeti.Protocol.Tests.Trace;

public sealed class TraceReaderTests
{
    private static readonly TraceSource Source = new("node0", 0, "boot", "key");

    [Fact]
    public void What_is_written_is_read_whatever_it_is()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var written = Enumerable.Range(0, random.Next(8)).Select(i => ((long)i + 1, Any(random))).ToArray();
            var read = Read(EntriesOf(Write(written)));
            Assert.Equal(written.Select(pair => pair.Item1), read.Select(pair => pair.Seq));
            // Entries hold arrays, which are equal only to themselves: what is written of them again tells.
            Assert.Equal(Encoding.UTF8.GetString(Write(written)), Encoding.UTF8.GetString(Write(read)));
            Assert.All(written.Zip(read), pair => Assert.Equal(Scalars(pair.First.Item2), Scalars(pair.Second.Entry)));
        }
    }

    [Fact]
    public void A_text_that_is_cut_anywhere_is_refused()
    {
        var random = new Random(8);
        foreach (var kind in Enum.GetValues<TraceKind>())
        {
            var entries = EntriesOf(Write([(1, Any(random, kind))])).ToArray();
            var end = Array.LastIndexOf(entries, (byte)']');
            for (var length = 0; length < end; length++) Assert.Throws<FormatException>(() => Read(entries.AsSpan(0, length)));
            Assert.Single(Read(entries.AsSpan(0, end + 1)));
        }
    }

    [Theory]
    [InlineData("""{"ts_ns":1,"kind":"peer_up","peer":1}""")]
    [InlineData("""{"seq":1,"kind":"peer_up","peer":1}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"peer":1}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"peer_up"}""")]
    [InlineData("""{"seq":"1","ts_ns":1,"kind":"peer_up","peer":1}""")]
    [InlineData("""{"seq":1e99,"ts_ns":1,"kind":"peer_up","peer":1}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":7,"peer":1}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"block_suspended","block":[]}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"block_suspended","block":{"round":1}}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"block_suspended","block":{"round":1,"author":2,"digest":"12"}}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"block_suspended","block":{"round":1,"author":2,"digest":"zz34567890123456789012345678901234567890123456789012345678901234"}}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"leader_decided","round":1,"offset":0,"authority":0,"status":"perhaps"}""")]
    [InlineData("""{"seq":1,"ts_ns":1,"kind":"subdag_committed"}""")]
    [InlineData("7")]
    public void What_is_no_entry_is_refused(string entry) => Assert.Throws<FormatException>(() => Read(Encoding.UTF8.GetBytes($"[{entry}]")));

    [Fact]
    public void What_a_newer_validator_adds_is_passed_over()
    {
        var read = Read("""[{"seq":1,"ts_ns":5,"kind":"epoch_ended","epoch":{"number":3}},{"more":[{}],"kind":"peer_up","peer":2,"ts_ns":6,"seq":2}]"""u8);
        var (seq, entry) = Assert.Single(read);
        Assert.Equal((2, TraceKind.PeerUp, 2, 6), (seq, entry.Kind, entry.Peer, entry.TimestampNs));

        // But not over its number, from which the next request goes on.
        var reader = new TraceReader("""[{"seq":9,"ts_ns":5,"kind":"epoch_ended"}]"""u8);
        Assert.True(reader.Read());
        Assert.Equal((9, false), (reader.Seq, reader.IsKnown));
        Assert.False(reader.Read());
    }

    private static List<(long Seq, TraceEntry Entry)> Read(ReadOnlySpan<byte> entries)
    {
        var read = new List<(long, TraceEntry)>();
        var reader = new TraceReader(entries);
        while (reader.Read())
        {
            if (reader.IsKnown) read.Add((reader.Seq, reader.Entry));
        }

        return read;
    }

    private static byte[] Write(IReadOnlyList<(long, TraceEntry)> entries)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output)) TraceJson.WritePage(json, Source, new TraceWindow(1, 1, entries.Count + 1), entries);
        return output.ToArray();
    }

    private static ReadOnlySpan<byte> EntriesOf(byte[] page) => page.AsSpan(page.AsSpan().IndexOf("\"entries\":"u8) + "\"entries\":".Length);

    private static object Scalars(TraceEntry entry) =>
        (entry.TimestampNs, entry.Kind, entry.Block, entry.Origin, entry.Status, entry.Peer, (entry.Number, entry.Count, entry.Bytes, entry.Digest, entry.Duplicate, entry.Text));

    private static TraceEntry Any(Random random) => Any(random, (TraceKind)random.Next(TraceJson.KindNames.Length));

    /// <summary>An entry with what its kind tells, and nothing else.</summary>
    private static TraceEntry Any(Random random, TraceKind kind)
    {
        var entry = new TraceEntry { TimestampNs = random.NextInt64(long.MaxValue), Kind = kind, Peer = -1, Block = new BlockRef(0, -1, default) };
        return kind switch
        {
            TraceKind.TxReceived => entry with { Digest = Hash(random), Bytes = random.Next() },
            TraceKind.TxIncluded => entry with { Digest = Hash(random), Text = "kv \"é\"", Block = Block(random) },
            TraceKind.TxCommitted => entry with { Digest = Hash(random), Number = random.NextInt64(), Duplicate = random.Next(2) == 0 },
            TraceKind.BlockProposed => Content(random, entry),
            TraceKind.BlockReceived => Content(random, entry) with { Peer = random.Next(100), Origin = Origin(random) },
            TraceKind.BlockSuspended => entry with { Block = random.Next(2) == 0 ? Block(random) : Block(random) with { Digest = default } },
            TraceKind.BlockAccepted => Content(random, entry) with { Origin = Origin(random), Types = random.Next(2) == 0 ? default : [("kv", random.Next()), ("opaque", 1)] },
            TraceKind.BlockRejected => random.Next(2) == 0 ? entry with { Text = "why" } : entry with { Text = "equivocation", Block = Block(random), Peer = 3 },
            TraceKind.RoundAdvanced or TraceKind.LeaderTimeout => entry with { Number = random.NextInt64() },
            TraceKind.LeaderDecided => entry with
            {
                Block = random.Next(2) == 0 ? Block(random) : Block(random) with { Digest = default }, Count = random.Next(3), Status = (LeaderStatus)random.Next(5),
            },
            TraceKind.SubdagCommitted => entry with
            {
                Number = random.NextInt64(), Block = Block(random), Blocks = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Block(random))], Count = random.Next(), Bytes = random.Next(),
                Digest = Hash(random),
            },
            TraceKind.SyncRequest => entry with { Peer = random.Next(100), Count = random.Next(100) },
            TraceKind.PeerUp or TraceKind.PeerDown => entry with { Peer = random.Next(100) },
            TraceKind.NodeStarted => entry with { Text = "1.2.3" },
            _ => entry,
        };
    }

    private static TraceEntry Content(Random random, TraceEntry entry) => entry with { Block = Block(random), Count = random.Next(), Bytes = random.NextInt64() };

    private static BlockRef Block(Random random) => new(random.NextInt64(), random.Next(100), Hash(random));

    private static BlockOrigin Origin(Random random) => (BlockOrigin)random.Next(Enum.GetValues<BlockOrigin>().Length);

    private static Digest Hash(Random random)
    {
        var bytes = new byte[Digest.Size];
        random.NextBytes(bytes);
        return Digest.FromBytes(bytes);
    }
}
