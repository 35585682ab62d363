using System.Collections.Immutable;
using Mysticeti.Consensus.Core;

namespace Mysticeti.Consensus.Tests.Core;

public class ValidatorCoreTests
{
    private static readonly long Second = SimulatedNetwork.Ms(1000);

    [Fact]
    public void Four_correct_validators_commit_every_transaction_once_and_agree()
    {
        var network = new SimulatedNetwork(4, seed: 1);
        network.Start();
        for (var i = 0; i < 200; i++)
        {
            network.Nodes[i % 4].Submit($"t{i}");
            network.Run(SimulatedNetwork.Ms(5));
        }

        network.Run(2 * Second);
        network.AssertAgreement();
        foreach (var node in network.Nodes)
            Assert.Equal(Enumerable.Range(0, 200).Select(i => $"t{i}").Order(), node.Transactions.Order());
    }

    [Fact]
    public void An_idle_network_proposes_at_the_idle_pace_and_still_commits()
    {
        var network = new SimulatedNetwork(4, seed: 2);
        network.Start();
        network.Run(10 * Second);
        network.AssertAgreement();
        Assert.All(network.Nodes, node => Assert.InRange(node.Core.ProposedRound, 100, 10_000 / 50));
        Assert.All(network.Nodes, node => Assert.True(node.Chain.Count > 100));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 20)]
    [InlineData(7, 40)]
    public void Among_correct_connected_validators_nobody_waits_for_a_leader_in_vain(int size, int maxLatencyMs)
    {
        var network = new SimulatedNetwork(size, seed: 20 + size, maxLatencyMs: maxLatencyMs);
        network.Start();
        network.Run(Second);
        foreach (var node in network.Nodes) node.Notices.Clear();
        network.Run(10 * Second);
        for (var i = 0; i < 500; i++)
        {
            network.Nodes[i % size].Submit($"t{i}");
            network.Run(SimulatedNetwork.Ms(3));
        }

        network.AssertAgreement();
        Assert.All(network.Nodes, node => Assert.Equal(0, node.Notices.GetValueOrDefault(CoreNotice.LeaderTimeout)));
    }

    [Fact]
    public void Nobody_waits_for_long_for_a_connected_validator_that_proposes_nothing()
    {
        var network = new SimulatedNetwork(4, seed: 24);
        network.Nodes[3].Bend = (block, _) => (block.Round > 10 ? null : block, 0);
        network.Start();
        network.Run(60 * Second);
        var others = network.Nodes[..3];
        foreach (var node in others) node.Notices.Clear();
        for (var i = 0; i < 300; i++)
        {
            others[i % 3].Submit($"t{i}");
            network.Run(SimulatedNetwork.Ms(3));
        }

        Assert.All(others, node => Assert.Equal(0, node.Notices.GetValueOrDefault(CoreNotice.LeaderTimeout)));
        network.AssertAgreement();
    }

    [Fact]
    public void A_waiting_transaction_ends_idling()
    {
        var network = new SimulatedNetwork(4, seed: 3, maxLatencyMs: 1);
        network.Start();
        network.Run(Second);
        var before = network.Nodes[0].Core.Round;
        network.Nodes[0].Submit("t");
        network.Run(SimulatedNetwork.Ms(40));
        Assert.Contains("t", network.Nodes[1].Transactions);
        Assert.True(network.Nodes[0].Core.Round - before >= 4);
    }

    [Fact]
    public void With_one_of_four_crashed_the_rest_go_on()
    {
        var network = new SimulatedNetwork(4, seed: 4);
        network.Start();
        network.Run(Second);
        network.Nodes[3].Crash();
        network.Nodes[0].Submit("after");
        network.Run(5 * Second);
        Assert.All(network.Nodes.Take(3), node => Assert.Contains("after", node.Transactions));
        network.AssertAgreement();
    }

    [Fact]
    public void With_two_of_four_crashed_nothing_is_committed()
    {
        var network = new SimulatedNetwork(4, seed: 5);
        network.Start();
        network.Run(Second);
        network.Nodes[2].Crash();
        network.Nodes[3].Crash();
        network.Run(Second);
        var committed = network.Nodes[0].Chain.Count;
        network.Nodes[0].Submit("t");
        network.Run(10 * Second);
        Assert.Equal(committed, network.Nodes[0].Chain.Count);
        network.AssertAgreement();
    }

    [Fact]
    public void A_restarted_validator_catches_up_and_never_equivocates()
    {
        var network = new SimulatedNetwork(4, seed: 6);
        network.Start();
        for (var life = 0; life < 10; life++)
        {
            network.Nodes[0].Submit($"life {life}");
            network.Run(Second);
            network.Nodes[life % 4].Crash();
            network.Run(Second);
            network.Nodes[life % 4].Start();
            network.Run(Second);
        }

        network.Run(2 * Second);
        network.AssertAgreement();
        var counts = network.Nodes.Select(node => node.Chain.Count).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 20);
        Assert.All(network.Nodes, node => Assert.False(node.Notices.ContainsKey(CoreNotice.Equivocation)));
    }

    [Fact]
    public void A_partition_in_halves_stops_commits_and_healing_brings_them_back()
    {
        var network = new SimulatedNetwork(4, seed: 7);
        network.Start();
        network.Run(Second);
        foreach (var (a, b) in new[] { (0, 2), (0, 3), (1, 2), (1, 3) }) network.Cut(a, b);
        network.Run(Second);
        var before = network.Nodes.Select(node => node.Chain.Count).ToList();
        network.Nodes[0].Submit("left");
        network.Nodes[3].Submit("right");
        network.Run(10 * Second);
        Assert.Equal(before, network.Nodes.Select(node => node.Chain.Count));
        network.Heal();
        network.Run(5 * Second);
        network.AssertAgreement();
        Assert.All(network.Nodes, node => Assert.Equal(["left", "right"], node.Transactions.Order()));
    }

    [Fact]
    public void An_equivocator_does_not_stop_or_split_the_others()
    {
        var network = new SimulatedNetwork(4, seed: 8);
        network.Nodes[3].IsHonest = false;
        // Even peers get another block than odd ones, round for round.
        network.Nodes[3].Bend = (block, peer) => (peer % 2 == 0 ? block : Twin(block), 0);
        network.Start();
        AssertFiftyAreCommitted(network);
        Assert.Contains(network.Honest, node => node.Notices.ContainsKey(CoreNotice.Equivocation));
    }

    [Fact]
    public void Votes_that_an_equivocating_leader_has_split_are_not_waited_for()
    {
        var network = new SimulatedNetwork(4, seed: 14, new ConsensusParameters { LeadersPerRound = 4 }, maxLatencyMs: 2);
        network.Nodes[3].IsHonest = false;
        network.Nodes[3].Bend = (block, peer) => (peer == 0 ? block : Twin(block), 0);
        network.Start();
        network.Run(20 * Second);
        network.AssertAgreement();
        // At the idle pace of 50 ms there is time for 400 rounds; every time-out would take five or more of them.
        Assert.All(network.Honest, node => Assert.True(node.Core.ProposedRound > 300, $"only {node.Core.ProposedRound} rounds"));
    }

    [Fact]
    public void A_validator_that_withholds_its_blocks_from_some_does_not_stop_the_others()
    {
        var network = new SimulatedNetwork(4, seed: 9);
        network.Nodes[3].IsHonest = false;
        network.Nodes[3].Bend = (block, peer) => (peer == 0 ? block : null, 0);
        network.Start();
        AssertFiftyAreCommitted(network);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Blaming_leaders_early_and_leading_late_does_not_stop_commits(int leaders)
    {
        var network = new SimulatedNetwork(4, seed: 10, new ConsensusParameters { LeadersPerRound = leaders, IdleRoundDelayMs = 2 }, maxLatencyMs: 2);
        // Leaders' blocks and the adversary's are fast, the rest are slow: the first quorum is always one with a blame in it.
        network.PushLatencyNs = (block, _) => SimulatedNetwork.Ms(
            block.Author == 3 || Enumerable.Range(0, leaders).Any(offset => network.Committee.Leader(block.Round, offset) == block.Author) ? 1 : 40);
        var adversary = new EarlyBlamer(network, 3);
        network.Start();
        adversary.Start();
        network.Nodes[0].Submit("t");
        network.Run(30 * Second);
        network.AssertAgreement();
        Assert.All(network.Honest, node => Assert.True(node.Chain.Count > 20, $"only {node.Chain.Count} commits"));
        Assert.All(network.Honest, node => Assert.Contains("t", node.Transactions));
        Assert.True(adversary.Blames > 20, "the adversary never got to blame a leader");
    }

    [Fact]
    public void Garbage_collection_bounds_memory_and_proposes_lost_transactions_again()
    {
        var network = new SimulatedNetwork(4, seed: 11, new ConsensusParameters { GcDepth = 20, CheckpointCommits = 10 });
        network.Start();
        network.Run(Second);
        // Nobody hears validator 3 for longer than the garbage collection depth, while it hears everybody.
        network.Nodes[3].Bend = (_, _) => (null, 0);
        network.Nodes[3].Submit("lost");
        network.Run(5 * Second);
        network.Nodes[3].Bend = (block, _) => (block, 0);
        network.Run(10 * Second);
        network.AssertAgreement();
        Assert.All(network.Nodes, node => Assert.InRange(node.Core.BlockCount, 1, 4 * 40));
        Assert.True(network.Nodes[3].Requeued > 0);
        Assert.Contains("lost", network.Nodes[0].Transactions);
    }

    [Fact]
    public void A_restarted_validator_does_not_propose_again_what_was_sequenced_before_its_checkpoint()
    {
        var network = new SimulatedNetwork(4, seed: 14, new ConsensusParameters { GcDepth = 20, CheckpointCommits = 10 });
        network.Start();
        for (var i = 0; i < 60; i++)
        {
            network.Nodes[3].Submit($"t{i}");
            network.Run(SimulatedNetwork.Ms(50));
        }

        network.Nodes[3].Crash();
        network.Nodes[3].Start();
        network.Run(10 * Second);
        network.AssertAgreement();
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"t{i}").Order(), network.Nodes[0].Transactions.Order());
    }

    [Fact]
    public void Neither_a_restart_nor_a_checkpoint_taken_over_has_a_transaction_committed_twice()
    {
        var (requeued, snapshots) = (0, 0);
        for (var seed = 200; seed < 210; seed++)
        {
            var random = new Random(seed);
            var network = new SimulatedNetwork(4, seed, new ConsensusParameters { GcDepth = 20, CheckpointCommits = 10, IdleRoundDelayMs = 10 });
            var victim = network.Nodes[3];
            var next = 0;
            network.Start();
            for (var step = 0; step < 12; step++)
            {
                // Now and then nobody hears the victim for long enough that its blocks are dropped; they are on their way when it crashes.
                var isMute = random.Next(2) == 0;
                victim.Bend = (block, _) => (isMute ? null : block, 0);
                for (var i = 0; i < 20; i++)
                {
                    victim.Submit($"t{next++}");
                    network.Run(random.NextInt64(SimulatedNetwork.Ms(40)));
                }

                if (random.Next(2) == 0) continue;
                victim.Crash();
                network.Run(random.Next(3) == 0 ? 3 * Second : 0);
                victim.Start();
                network.Run(random.NextInt64(SimulatedNetwork.Ms(500)));
            }

            victim.Bend = (block, _) => (block, 0);
            network.Run(5 * Second);
            network.AssertAgreement();
            var committed = network.Nodes[0].Transactions;
            Assert.True(committed.Count == committed.Distinct().Count(), $"seed {seed}: {committed.Count - committed.Distinct().Count()} transactions were committed twice");
            (requeued, snapshots) = (requeued + victim.Requeued, snapshots + victim.Snapshots);
        }

        Assert.True(requeued > 25 && snapshots > 5, $"only {requeued} blocks were dropped, {snapshots} checkpoints taken over");
    }

    [Fact]
    public void A_network_that_was_restarted_as_a_whole_goes_on_whatever_it_was_waiting_for()
    {
        var network = new SimulatedNetwork(4, seed: 15, maxLatencyMs: 1);
        network.Start();
        network.Run(Second);
        for (var phase = 0; phase < 50; phase += 5)
        {
            network.Run(SimulatedNetwork.Ms(50 + phase));
            foreach (var node in network.Nodes) node.Crash();
            foreach (var node in network.Nodes) node.Start();
            var before = network.Nodes.Min(node => node.Core.ProposedRound);
            network.Run(Second);
            Assert.All(network.Nodes, node => Assert.True(node.Core.ProposedRound > before + 5, $"{phase} ms: asleep in round {node.Core.ProposedRound}"));
        }

        network.AssertAgreement();
    }

    [Fact]
    public void A_validator_that_was_away_for_longer_than_history_is_kept_goes_on_from_a_checkpoint_without_equivocating()
    {
        var network = new SimulatedNetwork(4, seed: 13, new ConsensusParameters { GcDepth = 20, CheckpointCommits = 10 });
        network.Start();
        network.Run(Second);
        for (var life = 0; life < 5; life++)
        {
            var victim = network.Nodes[life % 4];
            victim.Crash();
            network.Run(10 * Second);
            victim.Start();
            network.Run(SimulatedNetwork.Ms(30 * life));
            // A second crash right after the snapshot must not make it forget what it had proposed.
            victim.Crash();
            victim.Start();
            network.Run(5 * Second);
            Assert.Equal(life / 4 + 1, victim.Snapshots);
            network.AssertAgreement();
        }

        var counts = network.Nodes.Select(node => node.Chain.Count).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 20);
        Assert.All(network.Nodes, node => Assert.False(node.Notices.ContainsKey(CoreNotice.Equivocation)));
        Assert.All(network.Nodes, node => Assert.True(node.Core.ProposedRound > node.Core.Round - 10));
    }

    [Fact]
    public void A_block_from_the_future_is_held_until_it_is_due()
    {
        var network = new SimulatedNetwork(4, seed: 12);
        network.Nodes[3].IsHonest = false;
        network.Nodes[3].Bend = (block, _) => (WithTimestamp(block, block.TimestampNs + (3 * Second)), 0);
        network.Start();
        network.Run(Second);
        Assert.All(network.Honest, node => Assert.Equal(1, node.Core.NeededRound(3)));
        Assert.All(network.Honest, node => Assert.True(node.Notices[CoreNotice.HeldForClock] > 0));
        network.Run(5 * Second);
        Assert.All(network.Honest, node => Assert.True(node.Core.NeededRound(3) > 1));
        network.AssertAgreement();
    }

    [Fact]
    public void Random_crashes_restarts_and_cuts_never_split_the_committed_sequence()
    {
        for (var seed = 100; seed < 130; seed++)
        {
            var random = new Random(seed);
            var size = random.Next(4, 8);
            var network = new SimulatedNetwork(size, seed, new ConsensusParameters
            {
                LeadersPerRound = random.Next(1, size + 1), GcDepth = 100, CheckpointCommits = random.Next(2) == 0 ? 7 : 100_000,
            });
            network.Start();
            for (var step = 0; step < 12; step++)
            {
                network.Nodes[random.Next(size)].Submit($"t{step}");
                var victim = random.Next(size);
                switch (random.Next(4))
                {
                    case 0 when network.Nodes.All(node => node.IsUp):
                        network.Nodes[victim].Crash();
                        break;
                    case 1:
                        foreach (var node in network.Nodes.Where(node => !node.IsUp)) node.Start();
                        break;
                    case 2:
                        var other = random.Next(size);
                        if (other != victim) network.Cut(victim, other);
                        break;
                    default:
                        network.Heal();
                        break;
                }

                network.Run(random.NextInt64(SimulatedNetwork.Ms(600)));
                network.AssertAgreement();
            }

            network.Heal();
            foreach (var node in network.Nodes.Where(node => !node.IsUp)) node.Start();
            var before = network.Nodes.Max(node => node.Chain.Count);
            network.Run(5 * Second);
            network.AssertAgreement();
            Assert.All(network.Nodes, node => Assert.True(node.Chain.Count > before, $"seed {seed}: node {node.Index} did not go on"));
        }
    }

    /// <summary>Gives 50 transactions to the first three nodes in turn, which must commit all of them and agree.</summary>
    private static void AssertFiftyAreCommitted(SimulatedNetwork network)
    {
        for (var i = 0; i < 50; i++)
        {
            network.Nodes[i % 3].Submit($"t{i}");
            network.Run(SimulatedNetwork.Ms(100));
        }

        network.Run(2 * Second);
        network.AssertAgreement();
        Assert.All(network.Honest, node => Assert.Equal(50, node.Transactions.Count));
    }

    private static Block Twin(Block block) => WithTimestamp(block, block.TimestampNs + 1);

    private static Block WithTimestamp(Block block, long timestampNs) => BlockCodec.Create(
        block.Author, block.Round, timestampNs, block.Ancestors,
        [.. Enumerable.Range(0, block.TransactionCount).Select(block.Transaction)], new KeyedHashSigner(block.Author));

    /// <summary>
    /// Builds on the first quorum that lacks the leader's block, so that it blames every leader it can, and holds back its
    /// own blocks of the rounds that it leads until the others' time-out has passed.
    /// </summary>
    private sealed class EarlyBlamer
    {
        private readonly SimulatedNetwork _network;
        private readonly int _index;
        private BlockRef _previous;

        public EarlyBlamer(SimulatedNetwork network, int index)
        {
            (_network, _index, _previous) = (network, index, Block.GenesisReference(index));
            var node = network.Nodes[index];
            node.IsHonest = false;
            node.Bend = (_, _) => (null, 0);
        }

        public int Blames { get; private set; }

        public void Start() => _network.After(SimulatedNetwork.Ms(1), Poll);

        private void Poll()
        {
            var round = _previous.Round + 1;
            if (TryBuildOn(round - 1, out var ancestors))
            {
                var leads = Enumerable.Range(0, _network.Parameters.LeadersPerRound).Any(offset => _network.Committee.Leader(round, offset) == _index);
                var block = BlockCodec.Create(_index, round, round, ancestors, [], new KeyedHashSigner(_index));
                _previous = block.Reference;
                for (var peer = 0; peer < _network.Nodes.Length; peer++)
                {
                    if (peer == _index) continue;
                    var target = peer;
                    _network.After(leads ? SimulatedNetwork.Ms(350) : 0, () => _network.Push(block, _index, target));
                }
            }

            _network.After(SimulatedNetwork.Ms(1) / 4, Poll);
        }

        private bool TryBuildOn(long round, out ImmutableArray<BlockRef> ancestors)
        {
            ancestors = [];
            var others = Enumerable.Range(0, _network.Nodes.Length).Where(author => author != _index)
                .Select(author => round == 0 ? Block.GenesisReference(author) : FindAt(author, round)).OfType<BlockRef>().ToList();
            var needed = (int)_network.Committee.Quorum - 1;
            if (others.Count < needed) return false;
            var leaders = Enumerable.Range(0, _network.Parameters.LeadersPerRound).Select(offset => _network.Committee.Leader(round, offset)).ToHashSet();
            var chosen = others.OrderBy(reference => leaders.Contains(reference.Author)).Take(needed).ToList();
            if (round > 0 && leaders.Any(leader => leader != _index && chosen.TrueForAll(reference => reference.Author != leader))) Blames++;
            ancestors = [_previous, .. chosen];
            return true;
        }

        private BlockRef? FindAt(int author, long round) => _network.Nodes[author].Sent(round)?.Reference;
    }
}
