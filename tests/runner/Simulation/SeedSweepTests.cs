using Mysticeti.Engine.Simulation;

namespace Mysticeti.Runner.Tests.Simulation;

[Collection(nameof(WholeMachine))]
public class SeedSweepTests
{
    [Fact]
    public void Two_hundred_seeds_with_random_faults_up_to_f_stay_safe_and_live_again()
    {
        var results = SeedSweep.RunAll(1, 200, committee: null, new SimulationSettings(), done: null, TestContext.Current.CancellationToken);
        Assert.All(results, result => Assert.True(result.Passed, $"seed {result.Seed} (committee of {result.Committee}) is {result.Failure}"));
        // The seeds must be about something: faults of every kind, and commits in spite of them.
        Assert.Equal(Enumerable.Range(4, 7), results.Select(result => result.Committee).Distinct().Order());
        foreach (var kind in new[] { "equivocates", "withholds", "restarts", "stays down", "cut off", "longer" })
            Assert.Contains(results, result => result.Faults.Any(fault => fault.Contains(kind, StringComparison.Ordinal)));
        Assert.All(results, result => Assert.True(result.Commits > 0 && result.Committed > 0));
        Assert.Equal(results.Length, results.Select(result => result.ChainDigest).Distinct().Count());
    }

    [Fact]
    public void Never_more_than_f_validators_are_faulty()
    {
        for (ulong seed = 0; seed < 500; seed++)
        {
            for (var committee = 4; committee <= 10; committee += 3)
            {
                var plan = RandomFaults.Create(seed, committee, SeedSweep.FaultsEnd);
                Assert.InRange(plan.FaultyCount, 0, (committee - 1) / 3);
                Assert.True(plan.End <= SeedSweep.FaultsEnd, $"seed {seed}: faults last until {plan.End}");
            }
        }
    }
}

/// <summary>Tests that keep all processors busy run alone, so that those that wait for other processes and threads get theirs.</summary>
[CollectionDefinition(nameof(WholeMachine), DisableParallelization = true)]
public sealed class WholeMachine;
