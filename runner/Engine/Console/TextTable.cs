using Spectre.Console;

namespace Mysticeti.Engine.Console;

/// <summary>What stands in a table.</summary>
/// <param name="Color">On a terminal; null: the usual one.</param>
public readonly record struct Cell(string Text, Color? Color = null)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Rows under headings: drawn to fit on a terminal, aligned lines that are never wrapped elsewhere and in files.</summary>
/// <param name="headings">One for each column; a column whose heading begins with <c>&gt;</c> stands on the right, as figures do.</param>
public sealed class TextTable(params string[] headings)
{
    private const char Right = '>';
    private readonly string[] _headings = [.. headings.Select(heading => heading.TrimStart(Right))];
    private readonly bool[] _right = [.. headings.Select(heading => heading.StartsWith(Right))];
    private readonly List<Cell[]> _rows = [];

    /// <summary>Whether the lines have Markdown's bars.</summary>
    public bool Markdown { get; init; }

    /// <param name="cells">One for each column.</param>
    public void Add(params Cell[] cells)
    {
        if (cells.Length != _headings.Length) throw new ArgumentException($"{cells.Length} cells for {_headings.Length} columns", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>Plain text; where all headings are empty, without their line.</summary>
    public IEnumerable<string> Lines()
    {
        var rows = _rows.Select(row => row.Select(cell => cell.Text).ToArray()).ToList();
        if (HasHeadings) rows.Insert(0, _headings);
        var widths = _headings.Select((_, column) => rows.Select(row => row[column].Length).DefaultIfEmpty(0).Max()).ToArray();
        var lines = rows.Select(row => row.Select((text, column) => _right[column] ? text.PadLeft(widths[column]) : text.PadRight(widths[column])));
        return Markdown
            ? lines.Select(line => $"| {string.Join(" | ", line)} |").ToList() is [var head, .. var body] ? [head, $"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|", .. body] : []
            : lines.Select(line => string.Join("  ", line).TrimEnd());
    }

    /// <summary>For a terminal, which makes columns narrower where they do not fit.</summary>
    internal Table ToRenderable()
    {
        var table = new Table().Border(TableBorder.None);
        for (var column = 0; column < _headings.Length; column++)
        {
            table.AddColumn(new TableColumn(new Text(_headings[column], new Style(decoration: Decoration.Bold)))
            {
                Alignment = _right[column] ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, column < _headings.Length - 1 ? 2 : 0, 0),
            });
        }

        table.ShowHeaders = HasHeadings;
        foreach (var row in _rows) table.AddRow(row.Select(cell => new Text(cell.Text, new Style(cell.Color))));
        return table;
    }

    private bool HasHeadings => _headings.Any(heading => heading.Length > 0);
}

/// <summary>Lines, and a table below them.</summary>
public sealed record Passage(IReadOnlyList<string> Above, TextTable? Table = null)
{
    public IEnumerable<string> Lines() => [.. Above, .. Table?.Lines() ?? []];
}
