using System.Security.Cryptography;

namespace Mysticeti.Consensus.Tests.Dags;

/// <summary>A random DAG, the same for the same seed, and random orders in which its blocks can be delivered.</summary>
internal sealed class RandomDag
{
    private readonly Random _random;
    private readonly List<Block> _blocks = [];
    private readonly Dictionary<long, List<Block>> _rounds = [];

    private RandomDag(int seed, Committee committee)
    {
        _random = new Random(seed);
        Committee = committee;
        _rounds[0] = [.. Enumerable.Range(0, committee.Size).Select(Block.Genesis)];
    }

    public Committee Committee { get; }

    /// <summary>All blocks, by ascending round, without genesis.</summary>
    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>
    /// Valid blocks only. Faulty authorities with less than a third of the stake equivocate or are absent; correct ones
    /// are slow, see their parents late and drop out of rounds at random.
    /// </summary>
    public static RandomDag Valid(int seed, int rounds)
    {
        var random = new Random(seed * 31);
        var size = random.Next(4, 11);
        var weighted = random.Next(3) == 0;
        var committee = new Committee(Enumerable.Range(0, size).Select(_ => new Authority(weighted ? random.Next(1, 5) : 1, default)).ToArray());
        var dag = new RandomDag(seed, committee);
        var equivocators = new HashSet<int>();
        var absent = new HashSet<int>();
        var budget = committee.Validity - 1;
        foreach (var author in Shuffled(Enumerable.Range(0, size), random))
        {
            if (committee.Stake(author) > budget || random.Next(5) == 0) continue;
            budget -= committee.Stake(author);
            (random.Next(3) == 0 ? absent : equivocators).Add(author);
        }

        var density = random.Next(0, 4);
        for (var round = 1; round <= rounds; round++) dag.AddValidRound(round, equivocators, absent, density);

        return dag;
    }

    /// <summary>Blocks as they are: any ancestors of lower rounds in any order, any number of equivocations, no quorums needed.</summary>
    public static RandomDag Wild(int seed, int rounds)
    {
        var random = new Random(seed * 37);
        var size = random.Next(1, 7);
        var dag = new RandomDag(seed, Committee.OfEqualStake(size));
        var likelihood = random.Next(5, 11);
        for (var round = 1; round <= rounds; round++)
        {
            var blocks = new List<Block>();
            for (var author = 0; author < size; author++)
            {
                var copies = random.Next(12) switch { 0 => 0, 1 => 2, 2 => 3, _ => 1 };
                for (var copy = 0; copy < copies; copy++)
                {
                    var ancestors = new List<BlockRef>();
                    for (var back = 1; back <= Math.Min(round, 3); back++)
                    {
                        var chance = back == 1 ? likelihood : 2;
                        ancestors.AddRange(dag._rounds[round - back].Where(_ => random.Next(10) < chance).Select(block => block.Reference));
                    }

                    blocks.Add(dag.NewBlock(round, author, random.Next(2) == 0 ? ancestors : Shuffled(ancestors, random)));
                }
            }

            dag.AddRound(round, blocks);
        }

        return dag;
    }

    /// <summary>A random order in which each block comes after its ancestors.</summary>
    public IReadOnlyList<Block> Delivery(int seed)
    {
        var random = new Random(seed);
        var haste = random.Next(1, 12);
        var missing = _blocks.ToDictionary(block => block.Reference, block => block.Ancestors.Where(ancestor => ancestor.Round > 0).Distinct().Count());
        var children = _blocks.SelectMany(block => block.Ancestors.Distinct().Select(ancestor => (ancestor, block))).ToLookup(pair => pair.ancestor, pair => pair.block);
        var ready = _blocks.Where(block => missing[block.Reference] == 0).ToList();
        var order = new List<Block>();
        while (ready.Count > 0)
        {
            // Mostly old blocks first, as in a network: else nothing would ever be delivered late.
            var index = random.Next(Math.Min(ready.Count, haste));
            var block = ready[index];
            ready.RemoveAt(index);
            order.Add(block);
            ready.AddRange(children[block.Reference].Where(child => --missing[child.Reference] == 0));
        }

        Assert.Equal(_blocks.Count, order.Count);
        return order;
    }

    private void AddValidRound(long round, HashSet<int> equivocators, HashSet<int> absent, int density)
    {
        var authors = new StakeCounter(Committee);
        var blocks = new List<Block>();
        foreach (var author in Shuffled(Enumerable.Range(0, Committee.Size).Except(absent), _random))
        {
            if (authors.IsQuorum && _random.Next(4) < 1) continue;
            authors.Add(author);
            var copies = equivocators.Contains(author) ? _random.Next(1, 4) : 1;
            for (var copy = 0; copy < copies; copy++) blocks.Add(NewBlock(round, author, ValidAncestors(round, author, density)));
        }

        AddRound(round, blocks);
    }

    private List<BlockRef> ValidAncestors(long round, int author, int density)
    {
        var ownRound = round - 1;
        while (!_rounds[ownRound].Exists(block => block.Author == author)) ownRound--;
        var ancestors = new List<BlockRef> { PickOf(ownRound, author) };
        var parents = new StakeCounter(Committee);
        if (ownRound == round - 1) parents.Add(author);
        foreach (var parent in Shuffled(_rounds[round - 1].Select(block => block.Author).Distinct(), _random))
        {
            if (parents.IsQuorum && _random.Next(4) >= density) break;
            if (parents.Add(parent)) ancestors.Add(PickOf(round - 1, parent));
        }

        // A late look at older blocks, one of each author and round at most.
        for (var back = 2; back <= Math.Min(round - 1, 4); back++)
        {
            var older = _random.Next(Committee.Size);
            if (older != author && _random.Next(3) == 0 && _rounds[round - back].Exists(block => block.Author == older)) ancestors.Add(PickOf(round - back, older));
        }

        return ancestors;
    }

    private BlockRef PickOf(long round, int author)
    {
        var blocks = _rounds[round].FindAll(block => block.Author == author);
        return blocks[_random.Next(blocks.Count)].Reference;
    }

    private Block NewBlock(long round, int author, IEnumerable<BlockRef> ancestors)
    {
        var bytes = new byte[Digest.Size];
        _random.NextBytes(bytes);
        return new Block(new BlockRef(round, author, Digest.FromBytes(SHA256.HashData(bytes))), [.. ancestors]);
    }

    private void AddRound(long round, List<Block> blocks)
    {
        _rounds[round] = blocks;
        _blocks.AddRange(blocks);
    }

    private static List<T> Shuffled<T>(IEnumerable<T> items, Random random)
    {
        var array = items.ToArray();
        random.Shuffle(array);
        return [.. array];
    }
}
