using Mysticeti.Engine.Calibration;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Submission;

namespace Mysticeti.Runner.Tests.Calibration;

/// <summary>The generator and the null server speak to each other in every mode, and neither loses count.</summary>
public sealed class NullServerTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly NullServer _server = new(0);
    private readonly Task _serving;

    public NullServerTests() =>
        _serving = Task.Factory.StartNew(() => _server.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        _stop.Cancel();
        Assert.True(_serving.Wait(TimeSpan.FromSeconds(20), CancellationToken.None));
        _server.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(SubmissionMode.Single, 1, "512", 500)]
    [InlineData(SubmissionMode.Single, 100, "32", 5_000)]
    [InlineData(SubmissionMode.Batch, 100, "uniform:40-900", 20_000)]
    [InlineData(SubmissionMode.WebSocket, 100, "512", 20_000)]
    [InlineData(SubmissionMode.WebSocket, 100, "100000", 500)]
    [InlineData(SubmissionMode.Stream, 100, "normal:600,200", 20_000)]
    [InlineData(SubmissionMode.Stream, 3, "200000", 300)]
    public async Task Every_transaction_is_sent_once_and_accepted(SubmissionMode mode, int inFlight, string sizes, int load)
    {
        var record = await OfferAsync(new SubmissionSettings { Mode = mode, InFlight = inFlight, Connections = 3 }, sizes, load, _server.Url);
        Assert.Equal((record.Schedule.Count, 0, 0), (record.AnsweredCount, record.RejectedCount, record.DuplicateAnswers));
        Assert.Equal(record.Schedule.Count, record.SentCount);
    }

    [Theory]
    [InlineData(SubmissionMode.WebSocket, "does not open a WebSocket")]
    [InlineData(SubmissionMode.Stream, "has no submission stream")]
    public async Task A_server_without_the_protocol_rejects_and_says_why(SubmissionMode mode, string why)
    {
        await using var network = new Benchmark.FakeNetwork(1);
        network.Nodes[0].TakesStreams = false;
        var record = await OfferAsync(new SubmissionSettings { Mode = mode }, "100", 200, network.Nodes[0].RpcUrl);
        Assert.True(record.RejectedCount > 0);
        Assert.Contains(record.RejectionReasons.Keys, reason => reason.Contains(why, StringComparison.Ordinal));
    }

    private static async Task<LoadRecord> OfferAsync(SubmissionSettings submission, string sizes, int load, Uri url)
    {
        var schedule = Schedule.Create(Arrival.Constant, load, TimeSpan.Zero, TimeSpan.FromSeconds(0.4), 1);
        var clock = new LoadClock(TimeProvider.System);
        var record = new LoadRecord(schedule, nodes: 1);
        var factory = new TransactionFactory(TransactionType.Opaque, TransactionSizes.Parse(sizes, 32, 1 << 20)!, 1, 2, 3, schedule, clock);
        await using var generator = new Generator(
            [new NodeEndpoint(0, "node0", url)], submission, node => submission.CreateProtocol(node, factory, record.Targets), record, clock);
        await generator.ConnectAsync(TestContext.Current.CancellationToken);
        clock.Start();
        await generator.RunAsync(TestContext.Current.CancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (record.AnsweredCount < record.SentCount && !deadline.IsCancellationRequested) await Task.Delay(5, CancellationToken.None);

        return record;
    }
}
