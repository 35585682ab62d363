using Mysticeti.Consensus;
using Mysticeti.Engine.Dag;

namespace Mysticeti.Runner.Tests.Dag;

public sealed class DagFileTests
{
    [Fact]
    public void The_documented_example_is_read_as_documented()
    {
        const string Text = """
            DAG {
              Round 0 : { 4 },                 committee size
              Round 1 : { * },
              Round 2 : { A -> [*], B -> [-D1], C -> [A1, B1, C1], D -> [] },
            }
            """;
        var file = DagFile.Parse(Text.Replace("committee size", "// committee size", StringComparison.Ordinal));
        Assert.Equal(4, file.Committee.Size);
        Assert.Equal(
            ["A1: A0 B0 C0 D0", "B1: B0 A0 C0 D0", "C1: C0 A0 B0 D0", "D1: D0 A0 B0 C0", "A2: A1 B1 C1 D1", "B2: B1 A1 C1", "C2: C1 A1 B1", "D2: "],
            Describe(file));
    }

    [Theory]
    [InlineData("A -> [-B1, -D1]", "A2: A1 C1")]
    [InlineData("A -> [-B1, A0]", "A2: A1 C1 D1 A0")]
    [InlineData("A -> [A0, *]", "A2: A1 A0 B1 C1 D1")]
    [InlineData("A -> [*, C0, C1]", "A2: A1 B1 C1 D1 C0")]
    [InlineData("A -> [D1, *]", "A2: A1 D1 B1 C1")]
    [InlineData("A -> [D1, C1, A1, D1]", "A2: A1 D1 C1")]
    [InlineData("A -> [B1, -B1]", "A2: A1 B1 C1 D1")]
    [InlineData("A -> [D0, A0]", "A2: D0 A0")]
    [InlineData("A -> [ C1 , ]", "A2: C1")]
    [InlineData("A->[]", "A2: ")]
    [InlineData("B' -> [B1], B -> [*],", "B2': B1 | B2: B1 A1 C1 D1")]
    [InlineData("A'' -> [B1]", "A2'': B1")]
    [InlineData("", "")]
    public void Ancestors_keep_the_written_order_behind_the_own_previous_block(string entries, string expected)
    {
        var file = DagFile.Parse($"DAG {{ Round 0 : {{ 4 }}, Round 1 : {{ * }}, Round 2 : {{ {entries} }} }}");
        Assert.Equal(expected, string.Join(" | ", Describe(file).Skip(4)));
    }

    [Fact]
    public void A_star_follows_the_listing_of_the_previous_round_equivocations_included()
    {
        var file = DagFile.Parse("DAG { Round 0 : { 3 }, Round 1 : { C -> [*], A' -> [*], A -> [*] }, Round 2 : { * } }");
        Assert.Equal(["A2: A1' C1 A1", "B2: C1 A1' A1", "C2: C1 A1' A1"], Describe(file).Skip(3));
    }

    [Fact]
    public void An_equivocator_builds_first_on_the_own_block_written_first()
    {
        var file = DagFile.Parse("DAG { Round 0:{2}, Round 1:{ A -> [*], A' -> [*], B -> [*] }, Round 2:{ A -> [B1, A1', A1], A' -> [B1, A1, A1'] } }");
        Assert.Equal(["A2: A1' B1 A1", "A2': A1 B1 A1'"], Describe(file).Skip(3));
    }

    [Fact]
    public void Blanks_and_comments_stand_anywhere()
    {
        var file = DagFile.Parse("# a DAG\r\nDAG{Round 0:{4,}, // four\r\n\tRound\n1\n:\n{\n*\n,}\n,# last\n}\n// end");
        Assert.Equal(4, file.Blocks.Length);
    }

    [Fact]
    public void Committees_beyond_the_alphabet_have_two_letters()
    {
        var file = DagFile.Parse("DAG { Round 0 : { 30 }, Round 1 : { * }, Round 2 : { AB -> [-AA1, -Z1], AD -> [AB1, AD1] } }");
        Assert.Equal("AD2: AD1 AB1", Describe(file)[^1]);
        Assert.Equal(28, file.Blocks[^2].Ancestors.Length);
        Assert.Equal(27, file.Blocks[^2].Author);
    }

    [Fact]
    public void Digests_are_ordered_as_names_are()
    {
        var file = DagFile.Parse("DAG { Round 0 : { 1 }, Round 1 : { A'' -> [], A -> [], A' -> [] } }");
        Assert.Equal(["A1", "A1'", "A1''"], file.Blocks.OrderBy(block => block.Reference).Select(DagFile.NameOf));
    }

    [Theory]
    [InlineData("", 1, 1, "'DAG' should stand here, not the end of the file")]
    [InlineData("  // nothing\n\n", 3, 1, "'DAG' should stand here, not the end of the file")]
    [InlineData("dag { Round 0 : { 4 } }", 1, 1, "'DAG' should stand here, not 'dag'")]
    [InlineData("DAG Round 0 : { 4 }", 1, 5, "'{' should stand here, not 'Round'")]
    [InlineData("DAG { }", 1, 7, "there are no rounds")]
    [InlineData("DAG { Round 1 : { * } }", 1, 13, "round 1 cannot stand here; rounds ascend by one from 0, and this is round 0")]
    [InlineData("DAG { Round 0 : { 0 } }", 1, 19, "a committee of 0 is not possible")]
    [InlineData("DAG { Round 0 : { 1001 } }", 1, 19, "a committee of 1001 is not possible")]
    [InlineData("DAG { Round 0 : { 99999999999999999999999 } }", 1, 19, "a committee of 99999999999999999999999 is not possible")]
    [InlineData("DAG { Round 0 : { -4 } }", 1, 19, "the committee's size should stand here, not '-'")]
    [InlineData("DAG { Round 0 : { * } }", 1, 19, "the committee's size should stand here, not '*'")]
    [InlineData("DAG { Round 0 : { 4 }", 1, 22, "'}' should stand here, not the end of the file")]
    [InlineData("DAG { Round 0 : { 4 } } }", 1, 25, "'}' stands behind the end of the DAG")]
    [InlineData("DAG { Round 0 : { 4 },\n  Round 2 : { * } }", 2, 9, "round 2 cannot stand here")]
    [InlineData("DAG { Round 0 : { 4 },\n  Round 1 : { * }\n  Round 2 : { * } }", 3, 3, "'}' should stand here, not 'Round'; rounds are separated by ','")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : * }", 1, 34, "'{' should stand here, not '*'")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { E -> [*] } }", 1, 36, "authority E is not in the committee; its 4 are A to D")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { a -> [*] } }", 1, 36, "authority a is not in the committee")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [E0] } }", 1, 42, "authority E is not in the committee")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [*], A -> [] } }", 1, 46, "A1 is defined twice; a second block of A is written A' -> [..]")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { *, A -> [] } }", 1, 39, "A1 is defined twice")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [B1] } }", 1, 42, "B1 cannot be an ancestor in round 1")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [B9] } }", 1, 42, "B9 cannot be an ancestor in round 1")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [*] }, Round 2 : { A -> [B1] } }", 1, 66, "block B1 does not exist")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [*] }, Round 2 : { A -> [A1'] } }", 1, 66, "block A1' does not exist")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { * }, Round 2 : { A -> [-A0] } }", 1, 60, "-A0 leaves nothing out")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [B] } }", 1, 42, "'B' is no block")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [*, -] } }", 1, 46, "a block should stand here, not ']'")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [* } }", 1, 44, "']' should stand here, not '}'")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A [*] } }", 1, 38, "'->' should stand here, not '['")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> * } }", 1, 41, "'[' should stand here, not '*'")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A -> [A0 B0] } }", 1, 45, "']' should stand here, not 'B0'")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A\u2019 -> [] } }", 1, 37, "U+2019 has no place here; a prime is written '")]
    [InlineData("DAG { Round 0 : { 4 }; }", 1, 22, "';' has no place here")]
    [InlineData("DAG { Round 0 : { 4 }, Round 1 : { A'''''''''''''''''''''''''''''''' -> [] } }", 1, 36, "more than 32 characters")]
    public void An_error_says_where_what_and_how_to_mend_it(string text, int line, int column, string message)
    {
        var error = Assert.Throws<DagSyntaxException>(() => DagFile.Parse(text));
        Assert.StartsWith($"line {line}, column {column}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_dag_that_memory_would_not_hold_is_refused()
    {
        var rounds = string.Concat(Enumerable.Range(1, 6).Select(round => $", Round {round} : {{ * }}"));
        var error = Assert.Throws<DagSyntaxException>(() => DagFile.Parse($"DAG {{ Round 0 : {{ 1000 }}{rounds} }}"));
        Assert.Contains("use fewer authorities or rounds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_the_parser_fail_otherwise()
    {
        const string Valid = "DAG { Round 0 : { 4 }, Round 1 : { * }, Round 2 : { A -> [*], B' -> [-D1, A0], C -> [A1, B1, C1,], D -> [] }, }";
        const string Alphabet = "DAG{}[]:,*->'ABCD0123456789 Round#/\n\u00e9";
        var broken = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var text = Valid.ToCharArray();
            for (var i = random.Next(1, 5); i > 0; i--) text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            try
            {
                DagFile.Parse(new string(text)[..random.Next(text.Length / 2, text.Length + 1)]);
            }
            catch (DagSyntaxException)
            {
                broken++;
            }
        }

        Assert.InRange(broken, 1, 4_999);
    }

    private static string[] Describe(DagFile file)
    {
        var names = file.Blocks.ToDictionary(block => block.Reference, DagFile.NameOf);
        for (var author = 0; author < file.Committee.Size; author++) names[Block.GenesisReference(author)] = $"{BlockRef.AuthorityName(author)}0";
        return [.. file.Blocks.Select(block => $"{DagFile.NameOf(block)}: {string.Join(' ', block.Ancestors.Select(ancestor => names[ancestor]))}")];
    }
}
