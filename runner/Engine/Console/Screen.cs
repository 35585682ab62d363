using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mysticeti.Engine.Console;

/// <summary>
/// Where people look: lines that are never wrapped here and tables; on a terminal also colours, tables that fit, and progress that is updated
/// in place.
/// </summary>
public sealed class Screen(IAnsiConsole console, bool enabled)
{
    private readonly bool _terminal = console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;
    private volatile LiveDisplayContext? _live;

    /// <summary>Whether progress can be updated in place.</summary>
    public bool IsTerminal => _terminal;

    /// <param name="enabled">Whether anything but problems is shown.</param>
    public static Screen On(TextWriter output, bool enabled = true) =>
        new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }), enabled);

    public void Line(string text = "", Style? style = null)
    {
        if (enabled) Write(text, style);
    }

    /// <summary>A line that is shown even where the console output is switched off.</summary>
    public void Problem(string text) => Write(text, new Style(Color.Red));

    public void Table(TextTable table)
    {
        if (!enabled) return;
        if (_terminal) console.Write(table.ToRenderable());
        else foreach (var line in table.Lines()) Write(line, null);
    }

    public void Show(Passage passage)
    {
        foreach (var line in passage.Above) Line(line);
        if (passage.Table is { } table) Table(table);
    }

    /// <summary>Passages with an empty line between them.</summary>
    public void Show(IEnumerable<Passage> passages)
    {
        foreach (var (i, passage) in passages.Index())
        {
            if (i > 0) Line();
            Show(passage);
        }
    }

    /// <summary>Does some work; on a terminal, its progress stands below everything else until it has ended.</summary>
    public async Task<T> WatchAsync<T>(Func<Task<T>> work)
    {
        if (!enabled || !_terminal) return await work();
        return await console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
        {
            _live = live;
            try
            {
                return await work();
            }
            finally
            {
                _live = null;
            }
        });
    }

    /// <summary>How work that is watched gets on.</summary>
    /// <param name="text">A line, written where there is no terminal.</param>
    /// <param name="table">What a terminal shows; null: the text.</param>
    public void Progress(string text, TextTable? table = null)
    {
        if (!_terminal) Line(text);
        else _live?.UpdateTarget(table is null ? new Text(text).Overflow(Overflow.Ellipsis) : table.ToRenderable());
    }

    private void Write(string text, Style? style)
    {
        if (_terminal) console.Write(new Unwrapped($"{text}\n", style ?? Style.Plain));
        else console.Profile.Out.Writer.WriteLine(text);
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Long lines are left to the terminal, so that they can be copied whole.</summary>
    private sealed class Unwrapped(string text, Style style) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new Segment(text, style)];
    }
}
