using System.Text.Json;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Load.Workers;
using Mysticeti.Engine.Plan;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Tests.Load.Workers;

public sealed class WorkerShareTests
{
    [Theory]
    [InlineData(4, 2, 100)]
    [InlineData(4, 3, 100)]
    [InlineData(1, 5, 7_000)]
    [InlineData(3, 2, 30_000)]
    public void Together_the_shares_are_all_transactions_each_once_for_the_same_nodes(int nodes, int workers, int load) =>
        AssertShared(Targets.RoundRobin(nodes, load), nodes, workers);

    [Fact]
    public void Shares_of_weighted_targets_are_all_of_them_too() => AssertShared(Targets.Weighted([4, 3, 0, 1], 5_000), 4, 3);

    [Theory]
    [InlineData("constant")]
    [InlineData("bursts:3,0.5,0.1")]
    public void A_plan_that_went_through_json_has_the_same_schedule_and_the_same_transactions(string shape)
    {
        var plan = new LoadPlan
        {
            Number = 3, Load = 777, WarmUp = TimeSpan.FromTicks(3_333_333), Duration = TimeSpan.FromTicks(7_777_777), DrainTimeout = TimeSpan.FromSeconds(1),
            Arrival = Arrival.Poisson, TransactionSize = 300, Sizes = new TransactionSizes(SizeKind.Uniform, 100, 500), TransactionType = TransactionType.Kv,
            Shape = LoadShape.Parse(shape)!, Targets = TargetChoice.Parse("weighted:2,1")!, Seed = ulong.MaxValue - 5, Submission = new SubmissionSettings { Workers = 3 },
        };
        AssertSame(plan, Sent(plan));
    }

    [Fact]
    public void A_recorded_schedule_goes_along_with_its_plan()
    {
        var plan = new LoadPlan
        {
            Number = 1, Load = 10, WarmUp = TimeSpan.Zero, Duration = TimeSpan.FromSeconds(1), DrainTimeout = TimeSpan.Zero, Arrival = Arrival.Constant, TransactionSize = 100,
            TransactionType = TransactionType.Opaque, Seed = 1, Shape = new LoadShape { Text = "replay:gone", Kind = ShapeKind.Replay, Recorded = [0, 5, 900_000_000] },
        };
        AssertSame(plan, Sent(plan));
        Assert.Equal(3, Sent(plan).CreateSchedule().Count);
    }

    private static LoadPlan Sent(LoadPlan plan)
    {
        var outputs = new NetworkOutputs
        {
            Name = "n", Type = "embedded", Flavor = NetworkOutputs.Mysticeti,
            Nodes = [.. Enumerable.Range(0, 2).Select(i => new NodeOutput { Index = i, Name = $"node{i}", Host = "127.0.0.1", RpcUrl = new Uri("http://127.0.0.1:1") })],
        };
        var json = JsonSerializer.SerializeToUtf8Bytes(WorkerPlan.Of(plan, outputs, 9, 1), JsonSerializerOptions.Web);
        return WorkerLink.Json<WorkerPlan>(json).Whole();
    }

    private static void AssertSame(LoadPlan plan, LoadPlan sent)
    {
        var (here, there) = (plan.CreateSchedule(), sent.CreateSchedule());
        Assert.Equal((here.Count, here.WarmUpCount, here.WindowStartNs, here.WindowEndNs), (there.Count, there.WarmUpCount, there.WindowStartNs, there.WindowEndNs));
        Assert.Equal(Enumerable.Range(0, here.Count).Select(here.TimeNs), Enumerable.Range(0, there.Count).Select(there.TimeNs));
        Assert.Equal(plan.Targets.ToString(), sent.Targets.ToString());
        Assert.Equal((plan.Seed, plan.Number, plan.TransactionType, plan.Sizes, plan.Submission), (sent.Seed, sent.Number, sent.TransactionType, sent.Sizes, sent.Submission));
    }

    private static void AssertShared(Targets targets, int nodes, int workers)
    {
        var count = targets.Group * nodes * workers * 7;
        var seen = new List<int>();
        for (var worker = 0; worker < workers; worker++)
        {
            var share = new WorkerShare(targets.Group, worker, workers);
            var own = targets.Of(share);
            var walked = new List<int>();
            for (var node = 0; node < nodes; node++)
            {
                for (var sequence = own.First(node); sequence < count; sequence = own.Next(sequence))
                {
                    Assert.Equal(node, targets.NodeOf(sequence));
                    walked.Add(sequence);
                }
            }

            Assert.Equal(Enumerable.Range(0, count).Where(share.Has), walked.Order());
            Assert.Equal(walked.Order(), Walk(share, count));
            seen.AddRange(walked);
        }

        Assert.Equal(Enumerable.Range(0, count), seen.Order());
    }

    private static IEnumerable<int> Walk(WorkerShare share, int count)
    {
        for (var sequence = share.From(0); sequence < count; sequence = share.From(sequence + 1)) yield return sequence;
    }
}
