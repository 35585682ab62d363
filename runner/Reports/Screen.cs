using Spectre.Console;

namespace Mysticeti.Runner.Reports;

/// <summary>
/// The console of a run: plain lines that are never wrapped, colours and one updating progress line on a terminal only.
/// </summary>
public sealed class Screen(IAnsiConsole console, bool enabled)
{
    private readonly bool _terminal = console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;
    private bool _progressShown;

    /// <summary>Whether a progress line can be updated in place.</summary>
    public bool IsTerminal => _terminal;

    public void Line(string text = "", Style? style = null)
    {
        if (enabled)
        {
            Write(text, style);
        }
    }

    /// <summary>A line that is shown even where the console output is switched off.</summary>
    public void Problem(string text) => Write(text, new Style(Color.Red));

    /// <summary>On a terminal, replaces the progress line; else writes a line.</summary>
    public void Progress(string text)
    {
        if (!enabled)
        {
            return;
        }

        if (!_terminal)
        {
            Write(text, null);
            return;
        }

        int width = Math.Max(20, console.Profile.Width - 1);
        console.Profile.Out.Writer.Write("\r\u001b[K" + (text.Length > width ? text[..width] : text));
        console.Profile.Out.Writer.Flush();
        _progressShown = true;
    }

    public void EndProgress()
    {
        if (_progressShown)
        {
            console.Profile.Out.Writer.Write("\r\u001b[K");
            _progressShown = false;
        }
    }

    private void Write(string text, Style? style)
    {
        EndProgress();
        if (_terminal && style is not null)
        {
            console.Write(new Text(text + Environment.NewLine, style));
        }
        else
        {
            console.Profile.Out.Writer.WriteLine(text);
        }

        console.Profile.Out.Writer.Flush();
    }
}
