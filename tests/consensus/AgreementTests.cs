using Mysticeti.Consensus.Tests.Dags;

namespace Mysticeti.Consensus.Tests;

/// <summary>
/// Validators that see the same valid blocks in different orders, or different prefixes of them, while less than a third
/// of the stake equivocates or is absent.
/// </summary>
public sealed class AgreementTests
{
    private const int Cases = 600;

    [Fact]
    public void Two_validators_never_decide_differently()
    {
        var decisions = 0;
        for (var seed = 1; seed <= Cases; seed++)
        {
            var dag = RandomDag.Valid(seed, rounds: 25);
            var parameters = ParametersOf(seed, dag);
            var one = Validator.Run(dag, parameters, seed, share: 1);
            var other = Validator.Run(dag, parameters, seed + 1_000_000, share: 0.4 + (0.6 * new Random(seed).NextDouble()));
            var common = Math.Min(one.Decided.Count, other.Decided.Count);
            Assert.True(
                one.Decided.Take(common).SequenceEqual(other.Decided.Take(common)),
                $"seed {seed}: {string.Join(", ", one.Decided.Zip(other.Decided).FirstOrDefault(pair => pair.First != pair.Second))}");
            Assert.True(one.Decided.Count >= other.Decided.Count, $"seed {seed}: all blocks decide less than some of them");
            decisions += common;
        }

        Assert.True(decisions > 10 * Cases, $"only {decisions} decisions: the DAGs say nothing");
    }

    [Fact]
    public void Chain_digests_agree_at_equal_index_and_so_do_the_blocks_dropped()
    {
        var commits = 0L;
        var dropped = 0;
        for (var seed = 1; seed <= Cases; seed++)
        {
            var dag = RandomDag.Valid(seed, rounds: 30);
            var parameters = ParametersOf(seed, dag) with { GcDepth = 6 };
            var one = Validator.Run(dag, parameters, seed, share: 1);
            var other = Validator.Run(dag, parameters, seed + 1_000_000, share: 0.8);
            var common = Math.Min(one.Commits.Count, other.Commits.Count);
            for (var i = 0; i < common; i++)
            {
                Assert.True(one.Commits[i].ChainDigest == other.Commits[i].ChainDigest, $"seed {seed}: commit {i + 1} differs");
                Assert.True(one.Commits[i].Blocks.SequenceEqual(other.Commits[i].Blocks), $"seed {seed}: blocks of commit {i + 1} differ");
                Assert.True(one.GcRounds[i] == other.GcRounds[i], $"seed {seed}: garbage collection after commit {i + 1} differs");
                commits++;
            }

            var sequenced = one.Commits.SelectMany(commit => commit.Blocks).Select(block => block.Reference).ToArray();
            Assert.True(sequenced.Distinct().Count() == sequenced.Length, $"seed {seed}: a block is sequenced twice");
            dropped += one.Dag.GcRound > 0 ? 1 : 0;
        }

        Assert.True(commits > 10 * Cases && dropped > Cases / 2, $"{commits} commits, {dropped} collections: the DAGs say nothing");
    }

    [Fact]
    public void Calling_again_changes_nothing_and_the_sequence_only_grows()
    {
        for (var seed = 1; seed <= Cases / 2; seed++)
        {
            var dag = RandomDag.Valid(seed, rounds: 12);
            var parameters = ParametersOf(seed, dag);
            var view = new Dag(dag.Committee);
            var rule = new CommitRule(view, dag.Committee, parameters);
            (long Round, int Offset) last = (0, 0);
            foreach (var block in dag.Delivery(seed))
            {
                view.Add(block);
                foreach (var slot in rule.TryDecide())
                {
                    Assert.True((slot.Round, slot.Offset).CompareTo(last) > 0, $"seed {seed}: slot {slot.Round}.{slot.Offset} after {last}");
                    Assert.NotEqual(LeaderStatus.Undecided, slot.Status);
                    last = (slot.Round, slot.Offset);
                }

                Assert.Empty(rule.TryDecide());
            }
        }
    }

    private static ConsensusParameters ParametersOf(int seed, RandomDag dag)
    {
        var random = new Random(seed * 7);
        return new ConsensusParameters
        {
            LeadersPerRound = random.Next(1, dag.Committee.Size + 1),
            WaveLength = random.Next(4) == 0 ? 4 : 3,
            Pipelined = random.Next(5) > 0,
        };
    }

    /// <summary>What one validator makes of a share of the blocks, delivered one after the other.</summary>
    private sealed class Validator(RandomDag blocks, ConsensusParameters parameters)
    {
        public Dag Dag { get; } = new(blocks.Committee);

        /// <summary>Each slot with the block it commits; whether it was decided directly is the validator's own affair.</summary>
        public List<(long Round, int Offset, BlockRef? Leader)> Decided { get; } = [];

        public List<CommittedSubDag> Commits { get; } = [];

        public List<long> GcRounds { get; } = [];

        public static Validator Run(RandomDag dag, ConsensusParameters parameters, int seed, double share)
        {
            var validator = new Validator(dag, parameters);
            validator.Take(dag.Delivery(seed), (int)(share * dag.Blocks.Count));
            return validator;
        }

        private void Take(IReadOnlyList<Block> delivery, int count)
        {
            var rule = new CommitRule(Dag, blocks.Committee, parameters);
            var linearizer = new Linearizer(Dag, parameters, default(Digest));
            foreach (var block in delivery.Take(count))
            {
                Dag.Add(block);
                foreach (var slot in rule.TryDecide())
                {
                    Decided.Add((slot.Round, slot.Offset, slot.Block?.Reference));
                    if (slot.Block is null) continue;
                    Commits.Add(linearizer.Commit(slot.Block));
                    GcRounds.Add(linearizer.GcRound);
                    Dag.CollectGarbage(linearizer.GcRound);
                }
            }
        }
    }
}
