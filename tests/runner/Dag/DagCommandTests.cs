using Mysticeti.Engine.Console;
using Mysticeti.Engine.Dag;

namespace Mysticeti.Runner.Tests.Dag;

/// <summary>Output worked out by hand from the protocol's words.</summary>
public sealed class DagCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mysticeti-dag-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Full_rounds_commit_every_leader_directly()
    {
        var output = Run("DAG { Round 0 : { 4 }, Round 1 : { * }, Round 2 : { * }, Round 3 : { * }, Round 4 : { * } }", new DagOptions());
        Assert.Equal(
            """
            {"round":1,"offset":0,"authority":"B","status":"direct-commit","block":"B1"}
            {"round":1,"offset":1,"authority":"C","status":"direct-commit","block":"C1"}
            {"round":2,"offset":0,"authority":"C","status":"direct-commit","block":"C2"}
            {"round":2,"offset":1,"authority":"D","status":"direct-commit","block":"D2"}
            {"round":3,"offset":0,"authority":"D","status":"undecided"}
            {"round":3,"offset":1,"authority":"A","status":"undecided"}
            {"round":4,"offset":0,"authority":"A","status":"undecided"}
            {"round":4,"offset":1,"authority":"B","status":"undecided"}
            {"commit":1,"leader":"B1","blocks":["B1"]}
            {"commit":2,"leader":"C1","blocks":["C1"]}
            {"commit":3,"leader":"C2","blocks":["A1","D1","C2"]}
            {"commit":4,"leader":"D2","blocks":["D2"]}

            """,
            output);
    }

    [Fact]
    public void Nothing_is_decided_before_the_voting_round()
    {
        var output = Run("DAG { Round 0 : { 4 }, Round 1 : { * }, Round 2 : { A -> [*], B -> [-D1], C -> [A1, B1, C1], D -> [] } }", new DagOptions());
        Assert.Equal(
            """
            {"round":1,"offset":0,"authority":"B","status":"undecided"}
            {"round":1,"offset":1,"authority":"C","status":"undecided"}
            {"round":2,"offset":0,"authority":"C","status":"undecided"}
            {"round":2,"offset":1,"authority":"D","status":"undecided"}

            """,
            output);
    }

    [Fact]
    public void An_equivocating_leader_with_split_votes_is_skipped_and_both_its_blocks_are_sequenced()
    {
        // A2 and C2 vote for B1', B2 and D2 for B1; A4 is the anchor and has no certificate below it.
        var output = Run(
            """
            DAG {
              Round 0 : { 4 },
              Round 1 : { A -> [*], B -> [*], B' -> [*], C -> [*], D -> [*] },
              Round 2 : { A -> [-B1], B -> [-B1'], C -> [-B1], D -> [-B1'] },
              Round 3 : { * }, Round 4 : { * }, Round 5 : { * }, Round 6 : { * },
            }
            """,
            new DagOptions(Leaders: 1));
        Assert.Equal(
            """
            {"round":1,"offset":0,"authority":"B","status":"indirect-skip"}
            {"round":2,"offset":0,"authority":"C","status":"direct-commit","block":"C2"}
            {"round":3,"offset":0,"authority":"D","status":"direct-commit","block":"D3"}
            {"round":4,"offset":0,"authority":"A","status":"direct-commit","block":"A4"}
            {"round":5,"offset":0,"authority":"B","status":"undecided"}
            {"round":6,"offset":0,"authority":"C","status":"undecided"}
            {"commit":1,"leader":"C2","blocks":["A1","B1'","C1","D1","C2"]}
            {"commit":2,"leader":"D3","blocks":["B1","A2","B2","D2","D3"]}
            {"commit":3,"leader":"A4","blocks":["A3","B3","C3","A4"]}

            """,
            output);
    }

    [Fact]
    public void Skips_and_indirect_commits_are_told_apart()
    {
        // C2 is missing: a direct skip. B1 has three votes, but A3 alone has seen them; A4 has seen A3.
        var output = Run(
            """
            DAG {
              Round 0 : { 4 }, Round 1 : { * },
              Round 2 : { A -> [*], B -> [*], D -> [*] },
              Round 3 : { A -> [*], B -> [A2, B2], C -> [A2, D2], D -> [D2, B2] },
              Round 4 : { * }, Round 5 : { * }, Round 6 : { * }
            }
            """,
            new DagOptions(Leaders: 1));
        Assert.Equal(
            """
            {"round":1,"offset":0,"authority":"B","status":"indirect-commit","block":"B1"}
            {"round":2,"offset":0,"authority":"C","status":"direct-skip"}
            {"round":3,"offset":0,"authority":"D","status":"direct-commit","block":"D3"}
            {"round":4,"offset":0,"authority":"A","status":"direct-commit","block":"A4"}
            {"round":5,"offset":0,"authority":"B","status":"undecided"}
            {"round":6,"offset":0,"authority":"C","status":"undecided"}
            {"commit":1,"leader":"B1","blocks":["B1"]}
            {"commit":2,"leader":"D3","blocks":["A1","C1","D1","B2","D2","D3"]}
            {"commit":3,"leader":"A4","blocks":["A2","A3","B3","C3","A4"]}

            """,
            output);
    }

    [Fact]
    public void Without_pipelining_only_leader_rounds_are_listed()
    {
        var rounds = string.Concat(Enumerable.Range(1, 6).Select(round => $", Round {round} : {{ * }}"));
        var output = Run($"DAG {{ Round 0 : {{ 4 }}{rounds} }}", new DagOptions(Leaders: 1, Pipelined: false));
        Assert.Equal(
            """
            {"round":3,"offset":0,"authority":"D","status":"direct-commit","block":"D3"}
            {"round":6,"offset":0,"authority":"C","status":"undecided"}
            {"commit":1,"leader":"D3","blocks":["A1","B1","C1","D1","A2","B2","C2","D2","D3"]}

            """,
            output);
    }

    [Fact]
    public void A_longer_wave_decides_later()
    {
        var output = Run("DAG { Round 0 : { 4 }, Round 1 : { * }, Round 2 : { * }, Round 3 : { * } }", new DagOptions(Leaders: 1, WaveLength: 4));
        Assert.DoesNotContain("commit", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_rounds_at_the_end_have_no_slots()
    {
        Assert.Empty(Run("DAG { Round 0 : { 4 } }", new DagOptions()));
        Assert.Empty(Run("DAG { Round 0 : { 4 }, Round 1 : { }, Round 2 : { } }", new DagOptions()));
        Assert.Single(Run("DAG { Round 0 : { 1 }, Round 1 : { * }, Round 2 : { } }", new DagOptions(Leaders: 1)).TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_committee_of_one_decides_by_itself()
    {
        var output = Run("DAG { Round 0 : { 1 }, Round 1 : { * }, Round 2 : { * }, Round 3 : { * } }", new DagOptions(Leaders: 1));
        Assert.StartsWith("{\"round\":1,\"offset\":0,\"authority\":\"A\",\"status\":\"direct-commit\",\"block\":\"A1\"}\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 3, "--leaders 5 is too many for a committee of 4; give 1 to 4")]
    [InlineData(0, 3, "--leaders 0 is too few")]
    [InlineData(-1, 3, "--leaders -1 is too few")]
    [InlineData(2, 2, "--wave-length 2 is too short; give 3 or more")]
    public void Options_out_of_range_are_wrong_usage(int leaders, int waveLength, string message) =>
        AssertRefused(Write("DAG { Round 0 : { 4 }, Round 1 : { * } }"), new DagOptions(leaders, waveLength), message);

    [Fact]
    public void A_syntax_error_names_file_line_and_column()
    {
        var file = Write("DAG { Round 0 : { 4 },\n  Round 1 : { X -> [*] } }");
        AssertRefused(file, new DagOptions(), $"{file}: line 2, column 15: authority X is not in the committee");
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_wrong_usage()
    {
        AssertRefused(Path.Combine(_directory, "none"), new DagOptions(), "does not exist");
        AssertRefused(Path.Combine(_directory, "none", "none"), new DagOptions(), "does not exist");
        AssertRefused(_directory, new DagOptions(), "is a directory");
        AssertRefused("", new DagOptions(), "is empty");
    }

    private string Run(string text, DagOptions options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = DagCommand.Run(Write(text), options, output, error);
        Assert.Equal("", error.ToString());
        Assert.Equal(ExitCodes.Done, exitCode);
        return output.ToString();
    }

    private static void AssertRefused(string file, DagOptions options, string message)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(ExitCodes.Usage, DagCommand.Run(file, options, output, error));
        Assert.Equal("", output.ToString());
        var line = Assert.Single(error.ToString().TrimEnd().Split('\n'));
        Assert.Contains(message, line, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        var file = Path.Combine(_directory, "case.dag");
        File.WriteAllText(file, text);
        return file;
    }
}
