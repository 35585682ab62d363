using System.Text;

namespace Mysticeti.Consensus.Tests.Dags;

/// <summary>Builds a DAG by the names of its blocks: authority letter, round, primes, as in <c>B2'</c>.</summary>
internal sealed class DagBuilder
{
    private readonly Dictionary<string, Block> _blocks = [];
    private readonly List<string> _newest = [];
    private long _round;

    public DagBuilder(int committeeSize)
        : this(Committee.OfEqualStake(committeeSize))
    {
    }

    public DagBuilder(Committee committee)
    {
        Committee = committee;
        Dag = new Dag(committee);
        for (var author = 0; author < committee.Size; author++)
        {
            var name = $"{BlockRef.AuthorityName(author)}0";
            _blocks.Add(name, Block.Genesis(author));
            _newest.Add(name);
        }
    }

    public Committee Committee { get; }

    public Dag Dag { get; }

    public Block this[string name] => _blocks[name];

    /// <summary>Rounds in which every authority but the absent ones builds on all blocks of the round before.</summary>
    public DagBuilder Full(int rounds = 1, string absent = "")
    {
        for (var i = 0; i < rounds; i++)
        {
            var present = Enumerable.Range(0, Committee.Size).Select(BlockRef.AuthorityName).Where(name => !absent.Contains(name, StringComparison.Ordinal));
            Round([.. present.Select(name => (name, "*"))]);
        }

        return this;
    }

    /// <summary>
    /// The next round, block by block: the author (with primes for further blocks) and its ancestors in order, the names of
    /// blocks, <c>*</c> for all of the round before, or <c>-X</c> for all of them but X.
    /// </summary>
    public DagBuilder Round(params (string Author, string Ancestors)[] blocks)
    {
        _round++;
        var previous = _newest.ToArray();
        _newest.Clear();
        foreach (var (author, ancestors) in blocks)
        {
            var letter = author.TrimEnd('\'');
            var words = ancestors.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var without = words.Where(word => word[0] == '-').Select(word => word[1..]).ToArray();
            var names = words is ["*"] || without.Length > 0 ? [.. previous.Except(without)] : words;
            names = [.. names.OrderBy(name => name.TrimEnd('\'') == $"{letter}{_round - 1}" ? 0 : 1)];
            Add($"{letter}{_round}{author[letter.Length..]}", letter[0] - 'A', names);
        }

        return this;
    }

    /// <summary>The statuses from the first slot to the highest round, as in <c>B1 DirectCommit</c>.</summary>
    public string[] Evaluate(int leaders = 1, int waveLength = 3, bool pipelined = true) =>
        [.. Rule(leaders, waveLength, pipelined).Evaluate(Dag.HighestRound).Select(Describe)];

    public CommitRule Rule(int leaders = 1, int waveLength = 3, bool pipelined = true) =>
        new(Dag, Committee, new ConsensusParameters { LeadersPerRound = leaders, WaveLength = waveLength, Pipelined = pipelined });

    public static string Describe(LeaderDecision decision) =>
        $"{(decision.Block is null ? $"{BlockRef.AuthorityName(decision.Authority)}{decision.Round}" : NameOf(decision.Block))} {decision.Status}";

    public static string NameOf(Block block) => Encoding.ASCII.GetString(block.Digest.ToArray()).TrimEnd('\0');

    private void Add(string name, int author, IEnumerable<string> ancestors)
    {
        var bytes = new byte[Digest.Size];
        Encoding.ASCII.GetBytes(name, bytes);
        var block = new Block(
            new BlockRef(_round, author, Digest.FromBytes(bytes)),
            [.. ancestors.Select(ancestor => _blocks[ancestor].Reference)]);
        _blocks.Add(name, block);
        _newest.Add(name);
        Assert.True(Dag.Add(block));
    }
}
