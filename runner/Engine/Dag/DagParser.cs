using System.Globalization;
using Mysticeti.Consensus;

namespace Mysticeti.Engine.Dag;

/// <summary>
/// Reads the DAG language:
/// <code>
/// dag       = "DAG" "{" round { "," round } [ "," ] "}"
/// round     = "Round" number ":" "{" ( size [ "," ] | [ entry { "," entry } [ "," ] ] ) "}"      size in round 0 only
/// entry     = "*" | authority { "'" } "->" "[" [ item { "," item } [ "," ] ] "]"
/// item      = "*" | "-" block | block
/// </code>
/// </summary>
internal sealed class DagParser
{
    private const int MaxCommittee = 1_000;

    // About a quarter of a gigabyte: beyond it a committee squared, times the rounds, would exhaust memory.
    private const int MaxAncestors = 5_000_000;

    private readonly DagLexer _lexer;
    private readonly Dictionary<string, Block> _blocks = [];
    private readonly List<Block> _inOrder = [];
    private List<BlockRef> _previous = [];
    private List<BlockRef> _current = [];
    private Committee? _committee;
    private DagToken _token;
    private long _round;
    private long _ancestors;

    public DagParser(string text)
    {
        _lexer = new DagLexer(text);
        _token = _lexer.Next();
    }

    private Committee Committee => _committee ?? throw new InvalidOperationException("round 0 comes first");

    public DagFile Parse()
    {
        Expect("DAG", "a file is written DAG { Round 0 : { 4 }, Round 1 : { * } }");
        Expect("{", "the rounds stand between { and }");
        ParseCommittee();
        while (Accept(",") && !_token.Is("}")) ParseRound();
        Expect("}", "rounds are separated by ',' and closed by '}'");
        return _token.Kind == DagTokenKind.End
            ? new DagFile(Committee, [.. _inOrder])
            : throw Wrong($"{_token.Quoted} stands behind the end of the DAG; remove it");
    }

    private void ParseCommittee()
    {
        if (_token.Is("}")) throw Wrong("there are no rounds; start with the committee's size: Round 0 : { 4 }");
        ParseRoundHead();
        var size = ParseNumber("the committee's size", "as in Round 0 : { 4 }", out var at);
        if (size is < 1 or > MaxCommittee) throw new DagSyntaxException(at, $"a committee of {at.Text} is not possible; give 1 to {MaxCommittee} authorities");
        Accept(",");
        Expect("}", "round 0 holds the committee's size alone: Round 0 : { 4 }");
        _committee = Committee.OfEqualStake((int)size);
        for (var author = 0; author < _committee.Size; author++)
        {
            var genesis = Block.Genesis(author);
            _blocks.Add($"{BlockRef.AuthorityName(author)}0", genesis);
            _current.Add(genesis.Reference);
        }

        _round = 1;
    }

    private void ParseRound()
    {
        (_previous, _current) = (_current, []);
        ParseRoundHead();
        while (!_token.Is("}"))
        {
            ParseEntry();
            if (!Accept(",")) break;
        }

        Expect("}", "blocks of a round are separated by ',' and closed by '}'");
        _round++;
    }

    private void ParseRoundHead()
    {
        Expect("Round", $"write Round {_round} : {{ .. }}");
        var number = ParseNumber("the round's number", "as in Round 1 : { * }", out var at);
        if (number != _round) throw new DagSyntaxException(at, $"round {at.Text} cannot stand here; rounds ascend by one from 0, and this is round {_round}");
        Expect(":", $"write Round {_round} : {{ .. }}");
        Expect("{", $"write Round {_round} : {{ .. }}");
    }

    private void ParseEntry()
    {
        var at = _token;
        if (Accept("*"))
        {
            for (var author = 0; author < Committee.Size; author++)
                Define(at, BlockRef.AuthorityName(author), author, [.. _previous]);
            return;
        }

        var name = ExpectWord("an authority", "blocks are written A -> [*], or { * } for all of them");
        var index = AuthorityOf(name.Text.TrimEnd('\''));
        if (index < 0) throw new DagSyntaxException(name, $"authority {name.Text.TrimEnd('\'')} is not in the committee; its {Committee.Size} are {Members()}");
        Expect("->", $"write {name.Text} -> [..]");
        Expect("[", "ancestors stand between [ and ]");
        Define(at, name.Text, index, ParseAncestors());
    }

    private List<BlockRef> ParseAncestors()
    {
        // Null stands for all blocks of the previous round but those left out.
        var items = new List<BlockRef?>();
        var leftOut = new HashSet<BlockRef>();
        while (!_token.Is("]"))
        {
            if (Accept("*"))
            {
                items.Add(null);
            }
            else if (Accept("-"))
            {
                items.Add(null);
                leftOut.Add(ParseLeftOut());
            }
            else
            {
                items.Add(ParseReference());
            }

            if (!Accept(",")) break;
        }

        Expect("]", "ancestors are separated by ',' and closed by ']'");
        var ancestors = new List<BlockRef>();
        var seen = new HashSet<BlockRef>();
        var all = false;
        foreach (var item in items)
        {
            if (item is { } reference)
            {
                if (seen.Add(reference)) ancestors.Add(reference);
            }
            else if (!all)
            {
                all = true;
                ancestors.AddRange(_previous.Where(previous => !leftOut.Contains(previous) && seen.Add(previous)));
            }
        }

        return ancestors;
    }

    private BlockRef ParseLeftOut()
    {
        var at = _token;
        var reference = ParseReference();
        return reference.Round == _round - 1
            ? reference
            : throw new DagSyntaxException(at, $"-{at.Text} leaves nothing out; only blocks of round {_round - 1} can be left out here");
    }

    private BlockRef ParseReference()
    {
        var name = ExpectWord("a block", "ancestors are written *, -B1 or B1");
        var digits = name.Text.TrimEnd('\'').AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        var authority = name.Text[..(name.Text.TrimEnd('\'').Length - digits.Length)];
        if (authority.Length == 0 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var round))
            throw new DagSyntaxException(name, $"{name.Quoted} is no block; write authority and round, as in B1 or B1'");
        if (AuthorityOf(authority) < 0)
            throw new DagSyntaxException(name, $"authority {authority} is not in the committee; its {Committee.Size} are {Members()}");
        if (round >= _round)
            throw new DagSyntaxException(name, $"{name.Text} cannot be an ancestor in round {_round}; ancestors are of lower rounds");
        return _blocks.TryGetValue(name.Text, out var block)
            ? block.Reference
            : throw new DagSyntaxException(name, $"block {name.Text} does not exist; define it in round {round} or leave it away");
    }

    /// <param name="author">The authority's name with its primes.</param>
    private void Define(DagToken at, string author, int index, List<BlockRef> ancestors)
    {
        var letters = author.TrimEnd('\'');
        var name = $"{letters}{_round}{author[letters.Length..]}";
        if (name.Length > Digest.Size) throw new DagSyntaxException(at, $"the name {name} has more than {Digest.Size} characters; use fewer primes");

        var own = ancestors.FindIndex(ancestor => ancestor.Author == index && ancestor.Round == _round - 1);
        if (own > 0)
        {
            var previous = ancestors[own];
            ancestors.RemoveAt(own);
            ancestors.Insert(0, previous);
        }

        var block = new Block(new BlockRef(_round, index, DagFile.DigestOf(name)), [.. ancestors]);
        if (!_blocks.TryAdd(name, block)) throw new DagSyntaxException(at, $"{name} is defined twice; a second block of {letters} is written {author}' -> [..]");
        _ancestors += ancestors.Count;
        if (_ancestors > MaxAncestors) throw new DagSyntaxException(at, $"the DAG has more than {MaxAncestors} ancestors; use fewer authorities or rounds");
        _current.Add(block.Reference);
        _inOrder.Add(block);
    }

    private int AuthorityOf(string letters)
    {
        if (letters.Length is 0 or > 2 || letters.AsSpan().ContainsAnyExceptInRange('A', 'Z')) return -1;
        var index = letters.Length == 1 ? letters[0] - 'A' : ((letters[0] - 'A' + 1) * 26) + letters[1] - 'A';
        return Committee.Contains(index) ? index : -1;
    }

    private string Members() => Committee.Size == 1 ? "A" : $"A to {BlockRef.AuthorityName(Committee.Size - 1)}";

    /// <summary>A number of digits alone; one that is too large for a round comes back as the largest.</summary>
    private long ParseNumber(string what, string how, out DagToken at)
    {
        at = _token;
        if (_token.Kind != DagTokenKind.Word || _token.Text.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw Wrong($"{what} should stand here, not {_token.Quoted}; {how}");
        Advance();
        return long.TryParse(at.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
    }

    private DagToken ExpectWord(string what, string how)
    {
        if (_token.Kind != DagTokenKind.Word) throw Wrong($"{what} should stand here, not {_token.Quoted}; {how}");
        var word = _token;
        Advance();
        return word;
    }

    private void Expect(string text, string how)
    {
        if (!Accept(text)) throw Wrong($"'{text}' should stand here, not {_token.Quoted}; {how}");
    }

    private bool Accept(string text)
    {
        if (!_token.Is(text)) return false;
        Advance();
        return true;
    }

    private void Advance() => _token = _lexer.Next();

    private DagSyntaxException Wrong(string message) => new(_token, message);
}
