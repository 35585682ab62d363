using BenchmarkDotNet.Attributes;
using Mysticeti.Consensus;

namespace Mysticeti.Micro;

/// <summary>From accepted blocks to committed sub-DAGs: the DAG, the commit rule after each block, and the linearizer.</summary>
public class CommitRuleBenchmarks
{
    private const int Rounds = 100;

    private readonly ConsensusParameters _parameters = new();
    private Committee _committee = null!;
    private Block[] _blocks = [];

    [Params(4, 50)]
    public int Committee { get; set; }

    [GlobalSetup]
    public void SetUp() => (_committee, _blocks) = (Consensus.Committee.OfEqualStake(Committee), Samples.FullRounds(Committee, Rounds));

    /// <summary>One operation is one round.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public long DecideAndLinearize()
    {
        var dag = new Dag(_committee);
        var rule = new CommitRule(dag, _committee, _parameters);
        var linearizer = new Linearizer(dag, _parameters, default(Digest));
        foreach (var block in _blocks)
        {
            dag.Add(block);
            foreach (var decision in rule.TryDecide())
            {
                if (decision.Block is { } leader) linearizer.Commit(leader);
            }
        }

        return linearizer.LastIndex;
    }
}
