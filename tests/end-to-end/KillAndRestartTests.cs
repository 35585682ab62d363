using System.Globalization;

namespace Mysticeti.EndToEnd.Tests;

/// <summary>Validators as processes that are killed at any instant, under load. <c>MYSTICETI_KILL_CYCLES</c> sets how often.</summary>
public sealed class KillAndRestartTests : IAsyncDisposable
{
    private readonly ValidatorProcesses _network = new();
    private readonly Random _random = new(20);

    public ValueTask DisposeAsync() => _network.DisposeAsync();

    [Fact]
    public async Task Killed_at_any_instant_a_validator_comes_back_with_the_same_prefix_and_loses_nothing_it_reported()
    {
        var cycles = int.Parse(Environment.GetEnvironmentVariable("MYSTICETI_KILL_CYCLES") ?? "4", CultureInfo.InvariantCulture);
        await _network.StartAllAsync();
        var (afterKill, afterRestart, ownCommitted) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        await using (var load = OfferedLoad.Start(_network))
        {
            for (var cycle = 0; cycle < cycles; cycle++)
            {
                var victim = _random.Next(4);
                var witness = (victim + 1) % 4;
                var reported = await _network.GetAsync(victim, $"broadcast_tx_commit?tx=\"cycle {cycle}\"");
                var (index, digest) = await _network.HeadAsync(victim);
                var killed = TimeProvider.System.GetTimestamp();
                await _network.KillAsync(victim);
                afterKill.Add(await load.IsCommittedAgainAsync(witness, killed));

                var restarted = TimeProvider.System.GetTimestamp();
                _network.Start(victim);
                var committedAgain = load.IsCommittedAgainAsync(witness, restarted);
                ownCommitted.Add(await CommitsItsOwnAsync(victim, restarted));
                afterRestart.Add(await committedAgain);
                await Eventually.HoldsAsync(
                    async () => (await _network.HeadAsync(victim)).Index >= (await _network.HeadAsync(witness)).Index - 50, "the killed validator caught up");

                Assert.Equal(digest, await _network.DigestAtAsync(witness, index));
                var hash = reported.GetProperty("result").GetProperty("hash").GetString();
                var found = await _network.GetAsync(witness, $"tx?hash=0x{hash}");
                Assert.Equal(reported.GetProperty("result").GetProperty("height").GetString(), found.GetProperty("result").GetProperty("height").GetString());
            }

            Assert.True(load.Accepted > 0);
        }

        Print("from a kill to the end of the first second in which the others committed 95 % of the load", afterKill);
        Print("from a restart to the end of the first such second", afterRestart);
        Print("from a restart until a transaction that the restarted validator took was committed", ownCommitted);
        await _network.AssertAgreementAsync(0, 1, 2, 3);
        foreach (var node in _network.Plan.Nodes)
        {
            var log = _network.Log(node.Index);
            Assert.DoesNotContain("equivocated", log, StringComparison.Ordinal);
            Assert.DoesNotContain("crit:", log, StringComparison.Ordinal);
        }
    }

    /// <summary>How long after <paramref name="since"/> the validator had its first new transaction committed.</summary>
    private async Task<TimeSpan> CommitsItsOwnAsync(int validator, long since)
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return (await _network.GetAsync(validator, $"broadcast_tx_commit?tx=\"back {since}\"")).TryGetProperty("result", out _);
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"validator {validator} had a transaction of its own committed");
        return TimeProvider.System.GetElapsedTime(since);
    }

    private static void Print(string what, List<TimeSpan> times)
    {
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: median {times[times.Count / 2].TotalSeconds:0.0} s, longest {times[^1].TotalSeconds:0.0} s"));
    }
}
