using System.Text;
using Mysticeti.Engine.Console;
using Spectre.Console;

namespace Mysticeti.Runner.Tests.Reports;

/// <summary>What people see on a terminal, and what scripts read elsewhere.</summary>
public sealed class ScreenTests : IDisposable
{
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("words", 60));

    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Columns_of_plain_text_are_aligned_and_end_with_their_last_letter()
    {
        var table = new TextTable("name", ">tx/s", "verdict");
        table.Add("a", "10000", new Cell("VALID", Color.Green));
        table.Add("longer", "5", "");
        Assert.Equal(["name     tx/s  verdict", "a       10000  VALID", "longer      5"], table.Lines());
    }

    [Fact]
    public void A_table_without_headings_has_a_line_for_each_row_only()
    {
        var table = new TextTable("", "");
        table.Add("ok", ".NET SDK");
        table.Add("missing", "Pulumi");
        Assert.Equal(["ok       .NET SDK", "missing  Pulumi"], table.Lines());
    }

    [Fact]
    public void A_markdown_table_has_bars()
    {
        var table = new TextTable("Aspect", ">Figure") { Markdown = true };
        table.Add("p50", "1.5 ms");
        Assert.Equal(["| Aspect | Figure |", "|--------|--------|", "| p50    | 1.5 ms |"], table.Lines());
    }

    [Fact]
    public void A_row_has_a_cell_for_each_column() => Assert.Throws<ArgumentException>(() => new TextTable("a", "b").Add("1"));

    [Fact]
    public async Task What_is_redirected_is_plain_and_never_wrapped()
    {
        var screen = Screen.On(_output);
        var table = new TextTable("a", "b");
        table.Add(new Cell("VALID", Color.Green), Long);
        Assert.Equal(7, await screen.WatchAsync(() =>
        {
            screen.Progress("going on", new TextTable("never", "shown"));
            return Task.FromResult(7);
        }));
        screen.Line(Long, new Style(Color.Red));
        screen.Show([new Passage(["TITLE"], table), new Passage(["end"])]);
        Assert.Equal(["going on", Long, "TITLE", "a      b", $"VALID  {Long}", "", "end", ""], _output.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public void Nothing_but_problems_is_shown_where_it_is_switched_off()
    {
        var screen = Screen.On(_output, enabled: false);
        screen.Line("no");
        screen.Table(new TextTable("no"));
        screen.Progress("no");
        screen.Problem("a problem");
        Assert.Equal($"a problem{Environment.NewLine}", _output.ToString());
    }

    [Fact]
    public void A_line_on_a_terminal_has_colour_and_is_not_broken()
    {
        OnTerminal().Line(Long, new Style(Color.Red));
        Assert.Contains($"m{Long}\u001b[", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_fits_a_terminal()
    {
        var table = new TextTable(">Load tx/s", "Reasons");
        table.Add("1000", Long);
        var screen = OnTerminal();
        screen.Table(table);
        var lines = Plain().Split('\n');
        Assert.True(lines.Length > 4, Plain());
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(60, lines.Sum(line => line.Split("words").Length - 1));
    }

    [Fact]
    public async Task Progress_on_a_terminal_stands_below_what_is_written_and_is_gone_at_the_end()
    {
        var screen = OnTerminal();
        await screen.WatchAsync(async () =>
        {
            screen.Progress("first");
            screen.Line("an event");
            var table = new TextTable("Left");
            table.Add("6s");
            screen.Progress("second", table);
            await Task.Yield();
            return 0;
        });
        screen.Progress("unwatched");
        var text = Plain();
        Assert.Contains("first", text, StringComparison.Ordinal);
        Assert.Contains("an event", text, StringComparison.Ordinal);
        Assert.Contains("6s", text, StringComparison.Ordinal);
        Assert.DoesNotContain("second", text, StringComparison.Ordinal);
        Assert.DoesNotContain("unwatched", text, StringComparison.Ordinal);
        // The last thing is that it is erased, and the cursor shown again.
        var end = _output.ToString()[_output.ToString().LastIndexOf("6s", StringComparison.Ordinal)..];
        Assert.Contains("\u001b[2K", end, StringComparison.Ordinal);
        Assert.Contains("\u001b[?25h", end, StringComparison.Ordinal);
    }

    private Screen OnTerminal() => new(
        AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard, Interactive = InteractionSupport.Yes, Out = new Terminal(_output) }),
        enabled: true);

    private string Plain() => System.Text.RegularExpressions.Regex.Replace(_output.ToString().ReplaceLineEndings("\n"), "\u001b\\[[0-9;?]*[A-Za-z]", "");

    private sealed class Terminal(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => 80;

        public int Height => 40;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
