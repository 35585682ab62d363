using System.Collections.Immutable;
using Mysticeti.Engine.Load;

namespace Mysticeti.Engine.Simulation;

/// <summary>Draws faults that a committee must survive: at most f validators crash or break the rules; partitions and slow links may hit anybody, and end.</summary>
public static class RandomFaults
{
    private const ulong Purpose = 104;

    /// <summary>Faults for one seed.</summary>
    /// <param name="end">All faults that end have ended by then, from the start of the window.</param>
    public static FaultPlan Create(ulong seed, int committee, TimeSpan end)
    {
        var random = new SplitMix64(SplitMix64.Derive(seed, Purpose));
        var crashes = ImmutableArray.CreateBuilder<Crash>();
        var equivocating = ImmutableArray.CreateBuilder<int>();
        var withholding = ImmutableArray.CreateBuilder<int>();
        foreach (var validator in Draw(ref random, committee, Below(ref random, ((committee - 1) / 3) + 1)))
        {
            switch (Below(ref random, 5))
            {
                case 0:
                    crashes.Add(new Crash(validator, Between(ref random, TimeSpan.Zero, end)));
                    break;
                case 1:
                    equivocating.Add(validator);
                    break;
                case 2:
                    withholding.Add(validator);
                    break;
                default:
                    AddCrashes(ref random, validator, end, crashes);
                    break;
            }
        }

        return new FaultPlan
        {
            Crashes = crashes.ToImmutable(),
            Equivocating = equivocating.ToImmutable(),
            Withholding = withholding.ToImmutable(),
            Partitions = [.. DrawPartitions(ref random, committee, end)],
            SlowLinks = [.. DrawSlowLinks(ref random, committee, end)],
        };
    }

    /// <summary>One to three crashes of one validator, each with its recovery.</summary>
    private static void AddCrashes(ref SplitMix64 random, int validator, TimeSpan end, ImmutableArray<Crash>.Builder crashes)
    {
        var count = 1 + Below(ref random, 3);
        var slot = end / count;
        for (var i = 0; i < count; i++)
        {
            var at = Between(ref random, slot * i, slot * (i + 0.5));
            crashes.Add(new Crash(validator, at, Between(ref random, at + TimeSpan.FromMilliseconds(1), slot * (i + 1))));
        }
    }

    private static List<Partition> DrawPartitions(ref SplitMix64 random, int committee, TimeSpan end)
    {
        var partitions = new List<Partition>();
        for (var count = Below(ref random, 3); count > 0; count--)
        {
            var from = Between(ref random, TimeSpan.Zero, end * 0.8);
            var members = Draw(ref random, committee, 1 + Below(ref random, committee - 1));
            partitions.Add(new Partition(members, from, Between(ref random, from + TimeSpan.FromMilliseconds(1), end)));
        }

        return partitions;
    }

    private static List<SlowLinks> DrawSlowLinks(ref SplitMix64 random, int committee, TimeSpan end)
    {
        var slow = new List<SlowLinks>();
        for (var count = Below(ref random, 3); count > 0; count--)
        {
            var from = Between(ref random, TimeSpan.Zero, end * 0.8);
            var members = Draw(ref random, committee, 1 + Below(ref random, committee));
            var extra = TimeSpan.FromMilliseconds(1 + Below(ref random, 400));
            slow.Add(new SlowLinks(members, extra, from, Between(ref random, from + TimeSpan.FromMilliseconds(1), end)));
        }

        return slow;
    }

    private static ImmutableArray<int> Draw(ref SplitMix64 random, int committee, int count)
    {
        var left = Enumerable.Range(0, committee).ToList();
        var drawn = ImmutableArray.CreateBuilder<int>(count);
        for (; count > 0; count--)
        {
            var at = Below(ref random, left.Count);
            drawn.Add(left[at]);
            left.RemoveAt(at);
        }

        return drawn.MoveToImmutable();
    }

    private static int Below(ref SplitMix64 random, int bound) => (int)(random.NextDouble() * bound);

    private static TimeSpan Between(ref SplitMix64 random, TimeSpan least, TimeSpan most) =>
        TimeSpan.FromMilliseconds(Math.Round((least + ((most - least) * random.NextDouble())).TotalMilliseconds));
}
