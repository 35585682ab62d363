using System.Buffers;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Workers;
using static Mysticeti.Engine.Load.Workers.OutcomeCodec;

namespace Mysticeti.Runner.Tests.Load.Workers;

public sealed class WorkerLinkTests
{
    [Fact]
    public async Task Messages_arrive_as_they_were_sent_and_the_end_is_told_from_a_cut()
    {
        using var stream = new MemoryStream();
        using var link = new WorkerLink(stream, stream);
        await link.WriteAsync(WorkerMessage.Outcomes, new byte[] { 1, 2, 3 }.AsMemory(), TestContext.Current.CancellationToken);
        await link.WriteAsync(WorkerMessage.Stop, ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);
        stream.Position = 0;
        var (kind, content) = (await link.ReadAsync(TestContext.Current.CancellationToken))!.Value;
        Assert.Equal(WorkerMessage.Outcomes, kind);
        Assert.Equal([1, 2, 3], content);
        Assert.Equal(WorkerMessage.Stop, (await link.ReadAsync(TestContext.Current.CancellationToken))!.Value.Kind);
        Assert.Null(await link.ReadAsync(TestContext.Current.CancellationToken));

        stream.SetLength(stream.Length + 3);
        await Assert.ThrowsAsync<InvalidDataException>(() => link.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 99 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 6 })]
    public async Task What_is_no_message_is_refused(byte[] bytes)
    {
        using var link = new WorkerLink(new MemoryStream(bytes), Stream.Null);
        await Assert.ThrowsAsync<InvalidDataException>(() => link.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_clock_offset_is_the_middle_and_half_the_round_trip_its_error() =>
        Assert.Equal(new ClockOffset(4_995, 5), ClockOffset.Of(askedNs: 100, otherNs: 5_100, answeredNs: 110));

    [Fact]
    public void Outcomes_come_back_as_they_were_and_a_stranger_is_refused()
    {
        var record = Record();
        var news = new ArrayBufferWriter<byte>();
        var last = 0;
        OutcomeCodec.Write(news, ref last, 0, News.Sent, 5, 0);
        OutcomeCodec.Write(news, ref last, 2, News.Sent | News.Rejected, 300_000_000, 0);
        OutcomeCodec.Write(news, ref last, 9, News.Sent | News.Accepted | News.Committed, -7, 1_000);
        OutcomeCodec.Apply(news.WrittenSpan, record, _ => true);
        Assert.Equal((record.Schedule.TimeNs(0) + 5, 0, record.Schedule.TimeNs(2) + 300_000_000), (record.SentNs(0), record.SentNs(1), record.SentNs(2)));
        Assert.Equal((false, true, true), (record.IsAnswered(0), record.IsRejected(2), record.IsAnswered(9)));
        Assert.Equal((record.Schedule.TimeNs(9) - 7, record.Schedule.TimeNs(9) + 1_000), (record.SentNs(9), record.CommitNs(9)));
        Assert.Equal((3, 1), (record.SentCount, record.RejectedCount));
        Assert.Throws<InvalidDataException>(() => OutcomeCodec.Apply(news.WrittenSpan, Record(), sequence => sequence != 9));
        Assert.Throws<InvalidDataException>(() => OutcomeCodec.Apply(news.WrittenSpan[..^1], Record(), _ => true));
    }

    [Fact]
    public void What_is_new_is_told_once()
    {
        var record = Record();
        var report = new OutcomeReport(record, new WorkerShare(1, 1, 2), endsWithAcceptance: false);
        Assert.True(report.Collect(10).IsEmpty);
        record.Sent(1, 50);
        record.Sent(5, 60);
        record.Answered(1, null);
        Assert.Equal([(1, 50, true), (5, 60, false)], Told(report, 10));
        Assert.True(report.Collect(10).IsEmpty);
        record.Answered(5, "no");
        record.Sent(3, 70);
        Assert.Equal([(3, 70, false), (5, 0, true)], Told(report, 10));
        Assert.True(report.Collect(10).IsEmpty);
    }

    private static IEnumerable<(int Sequence, long SentNs, bool Answered)> Told(OutcomeReport report, int due)
    {
        var told = Record();
        OutcomeCodec.Apply(report.Collect(due).Span, told, sequence => sequence % 2 == 1);
        return Enumerable.Range(0, due).Where(i => told.SentNs(i) != 0 || told.IsAnswered(i)).Select(i => (i, told.SentNs(i), told.IsAnswered(i)));
    }

    private static LoadRecord Record() =>
        new(Schedule.Create(Arrival.Constant, 10, TimeSpan.Zero, TimeSpan.FromSeconds(1), 1), nodes: 2);
}
