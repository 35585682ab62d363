using System.Buffers.Binary;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Observation;
using Mysticeti.Protocol;
using Mysticeti.Runner.Tests.Benchmark;

namespace Mysticeti.Runner.Tests.Load;

public sealed class CommitLedgerTests
{
    private readonly Schedule _schedule = Schedule.Create(Arrival.Constant, 100, TimeSpan.Zero, TimeSpan.FromSeconds(1), 1);
    private readonly TransactionFactory _factory;
    private readonly LoadRecord _record;
    private readonly CommitLedger _ledger;

    public CommitLedgerTests()
    {
        _factory = new TransactionFactory(TransactionType.Opaque, 100, 1, 2, 5, _schedule, new LoadClock(TimeProvider.System));
        _record = new LoadRecord(_schedule, 2);
        _ledger = new CommitLedger(0, "node0", _factory, _record, new SafetyAudit(["node0", "node1"])) { ObservedNs = 1000 };
    }

    private CommitTally Tally => _ledger.Tally(true, 0, null);

    [Fact]
    public void Frames_cut_anywhere_say_the_same()
    {
        byte[] stream = [.. CommitStreamWriter.Heartbeat(3), .. Commit(4, 0, 1, 2), .. CommitStreamWriter.Frame(77, [1, 2]), .. Commit(5, 3)];
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var ledger = new CommitLedger(0, "node0", _factory, new LoadRecord(_schedule, 2), new SafetyAudit(["node0", "node1"]));
            var used = CommitFrameReader.Read(stream.AsSpan(0, cut), ledger, out var needed, out _);
            Assert.True(needed == 0 || needed > cut - used);
            used += CommitFrameReader.Read(stream.AsSpan(used), ledger, out _, out _);
            Assert.Equal(stream.Length, used);
            Assert.Equal((2, 4), (ledger.Tally(true, 0, null).Commits, ledger.Tally(true, 0, null).Transactions));
        }
    }

    [Fact]
    public void The_end_is_told_with_its_reason()
    {
        CommitFrameReader.Read(CommitStreamWriter.Frame(2, "too slow"u8), _ledger, out _, out var end);
        Assert.Equal("too slow", end);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 1, 0, 0 })]
    public void Broken_frames_are_refused(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => CommitFrameReader.Read(bytes, _ledger, out _, out _));

    [Fact]
    public void A_transaction_that_runs_over_its_commit_is_refused()
    {
        var commit = Commit(1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(commit.AsSpan(commit.Length - 72 - 2), 73);
        Assert.Throws<InvalidDataException>(() => CommitFrameReader.Read(commit, _ledger, out _, out _));
    }

    [Fact]
    public void Own_commits_count_at_their_node_and_others_elsewhere()
    {
        Read(Commit(1, 0, 1));
        Assert.Equal(1000, _record.CommitNs(0));
        Assert.False(_record.IsObservedElsewhere(0));
        Assert.True(_record.IsObservedElsewhere(1));
        Assert.Equal(1, _record.CommittedCount);
    }

    [Fact]
    public void A_second_effect_is_a_duplicate_and_a_flagged_one_is_not()
    {
        Read(Commit(1, 0));
        Read(CommitStreamWriter.Commit(2, Digest(2), (Bytes(0), true)));
        Assert.Equal((0, 1), (Tally.Duplicates, Tally.FlaggedDuplicates));
        Read(Commit(3, 0));
        Assert.Equal((1, 1), (Tally.Duplicates, Tally.FlaggedDuplicates));
        Assert.Equal(1, Tally.Transactions);
    }

    [Fact]
    public void What_this_run_did_not_send_is_foreign()
    {
        var wrongTime = Bytes(0);
        wrongTime[20] ^= 1;
        var other = new TransactionFactory(TransactionType.Opaque, 100, 1, 99, 5, _schedule, new LoadClock(TimeProvider.System));
        var stranger = new byte[100];
        other.Write(0, stranger);
        Read(CommitStreamWriter.Commit(1, Digest(1), ("hello"u8.ToArray(), false), (wrongTime, false), (stranger, false), (Bytes(0)[..99], false)));
        Assert.Equal((4, 0), (Tally.Foreign, Tally.Transactions));
        Assert.Equal("commit 1: not a transaction of this run", Tally.FirstForeign);
    }

    [Fact]
    public void What_an_earlier_run_sent_is_not_foreign_where_it_is_proposed_again_without_effect()
    {
        var earlier = "of an earlier run"u8.ToArray();
        Read(CommitStreamWriter.Commit(1, Digest(1), (earlier, true)));
        Assert.Equal((0, 1, 0), (Tally.Foreign, Tally.FlaggedDuplicates, Tally.Duplicates));
        Read(CommitStreamWriter.Commit(2, Digest(2), (earlier, false)));
        Assert.Equal((1, 1, 0), (Tally.Foreign, Tally.FlaggedDuplicates, Tally.Duplicates));
    }

    [Fact]
    public void Latecomers_of_an_earlier_load_are_not_foreign()
    {
        var earlier = new TransactionFactory(TransactionType.Opaque, 100, 1, 2, 4, _schedule, new LoadClock(TimeProvider.System));
        var bytes = new byte[100];
        earlier.Write(7, bytes);
        Read(CommitStreamWriter.Commit(1, Digest(1), (bytes, false)));
        Assert.Equal((1, 0), (Tally.Late, Tally.Foreign));
    }

    [Fact]
    public void Commits_told_again_are_not_counted_again_and_gaps_are()
    {
        Read(Commit(1, 0));
        Read(Commit(1, 0));
        Read(Commit(5, 1));
        Assert.Equal((2, 0, 3), (Tally.Commits, Tally.Duplicates, Tally.Missed));
    }

    private void Read(byte[] bytes) => Assert.Equal(bytes.Length, CommitFrameReader.Read(bytes, _ledger, out _, out _));

    private byte[] Commit(long index, params int[] sequences) =>
        CommitStreamWriter.Commit(index, Digest(index), [.. sequences.Select(s => (Bytes(s), false))]);

    private byte[] Bytes(int sequence)
    {
        var bytes = new byte[100];
        _factory.Write(sequence, bytes);
        return bytes;
    }

    private static byte[] Digest(long index) => [.. BitConverter.GetBytes(index), .. new byte[24]];
}
