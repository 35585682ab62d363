using System.Globalization;
using System.Text;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Validators as processes that are killed at any instant, under load. <c>MYSTICETI_KILL_CYCLES</c> sets how often.</summary>
public sealed class KillAndRestartTests : IAsyncDisposable
{
    private const int BatchSize = 20;
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(10);

    private readonly ValidatorProcesses _network = new();
    private readonly CancellationTokenSource _stopLoad = new();
    private readonly Random _random = new(20);

    public async ValueTask DisposeAsync()
    {
        await _stopLoad.CancelAsync();
        await _network.DisposeAsync();
        _stopLoad.Dispose();
    }

    [Fact]
    public async Task Killed_at_any_instant_a_validator_comes_back_with_the_same_prefix_and_loses_nothing_it_reported()
    {
        var cycles = int.Parse(Environment.GetEnvironmentVariable("MYSTICETI_KILL_CYCLES") ?? "4", CultureInfo.InvariantCulture);
        await _network.StartAllAsync();
        var load = OfferLoadAsync(_stopLoad.Token);

        var recoveries = new List<TimeSpan>();
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var victim = _random.Next(4);
            var witness = (victim + 1) % 4;
            var reported = await _network.GetAsync(victim, $"broadcast_tx_commit?tx=\"cycle {cycle}\"");
            var (index, digest) = await _network.HeadAsync(victim);
            await _network.KillAsync(victim);
            await _network.CommitsGoOnAsync(20, witness);

            var restarted = TimeProvider.System.GetTimestamp();
            _network.Start(victim);
            await _network.ReadyAsync(victim);
            await Eventually.HoldsAsync(
                async () => (await _network.HeadAsync(victim)).Index >= (await _network.HeadAsync(witness)).Index - 50, "the killed validator caught up");
            await LoadIsBackAsync(victim);
            recoveries.Add(TimeProvider.System.GetElapsedTime(restarted));

            Assert.Equal(digest, await _network.DigestAtAsync(witness, index));
            var hash = reported.GetProperty("result").GetProperty("hash").GetString();
            var found = await _network.GetAsync(witness, $"tx?hash=0x{hash}");
            Assert.Equal(reported.GetProperty("result").GetProperty("height").GetString(), found.GetProperty("result").GetProperty("height").GetString());
        }

        await _stopLoad.CancelAsync();
        Assert.True(await load > 0);
        recoveries.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"from the restart until transactions given to the restarted validator were committed again: median {recoveries[cycles / 2].TotalSeconds:0.0} s, longest {recoveries[^1].TotalSeconds:0.0} s"));
        await _network.AssertAgreementAsync(0, 1, 2, 3);
        foreach (var node in _network.Plan.Nodes)
        {
            var log = _network.Log(node.Index);
            Assert.DoesNotContain("equivocated", log, StringComparison.Ordinal);
            Assert.DoesNotContain("crit:", log, StringComparison.Ordinal);
        }
    }

    /// <summary>Throughput is back once the restarted validator takes its share of the load and that is committed.</summary>
    private async Task LoadIsBackAsync(int validator)
    {
        const string Accepted = "mysticeti_rpc_transactions_total{outcome=\"accepted\"}";
        const string Committed = "mysticeti_transactions_committed_total";
        // Counters of the new process: the first second's worth of its share.
        await Eventually.HoldsAsync(async () => await _network.MetricAsync(validator, Accepted) >= 500, $"validator {validator} was given load again");
        var committed = await _network.MetricAsync(validator, Committed);
        await Eventually.HoldsAsync(async () => await _network.MetricAsync(validator, Committed) >= committed + 500, $"validator {validator} committed load again");
    }

    /// <summary>2,000 tx/s to whichever validators answer.</summary>
    private async Task<long> OfferLoadAsync(CancellationToken stop)
    {
        long accepted = 0;
        using var timer = new PeriodicTimer(BatchInterval);
        try
        {
            for (var batch = 0; await timer.WaitForNextTickAsync(stop); batch++)
            {
                var calls = Enumerable.Range(0, BatchSize).Select(i =>
                    $$$"""{"jsonrpc":"2.0","id":{{{i}}},"method":"broadcast_tx_sync","params":{"tx":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"load {batch} {i} ".PadRight(512, 'x')))}}}"}}""");
                using var content = new StringContent($"[{string.Join(',', calls)}]", Encoding.UTF8, "application/json");
                try
                {
                    using var response = await _network.Client.PostAsync(_network.Url(batch % 4), content, stop);
                    if (response.IsSuccessStatusCode) accepted += BatchSize;
                }
                catch (HttpRequestException)
                {
                    // That one is down just now.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }

        return accepted;
    }
}
