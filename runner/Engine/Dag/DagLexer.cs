using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Dag;

internal enum DagTokenKind
{
    /// <summary>Letters and digits, with primes at the end: keywords, numbers, authorities and blocks.</summary>
    Word,

    /// <summary>One of <c>{ } [ ] : , * -</c> and the arrow <c>-></c>.</summary>
    Symbol,

    /// <summary>The end of the text.</summary>
    End,
}

/// <param name="Line">From 1.</param>
/// <param name="Column">Of the first character, from 1.</param>
internal readonly record struct DagToken(DagTokenKind Kind, string Text, int Line, int Column)
{
    public bool Is(string text) => Text == text;

    /// <summary>The token as an error message names it.</summary>
    public string Quoted => Kind == DagTokenKind.End ? "the end of the file" : $"'{Text}'";
}

/// <summary>A text that is not in the DAG language. The message is one line: where, what is wrong, how to mend it.</summary>
public sealed class DagSyntaxException(int line, int column, string message) : CommandException(ExitCodes.Usage, $"line {line}, column {column}: {message}")
{
    public int Line => line;

    public int Column => column;

    internal DagSyntaxException(DagToken at, string message)
        : this(at.Line, at.Column, message)
    {
    }
}

/// <summary>Cuts a text of the DAG language into tokens. Comments run from <c>//</c> or <c>#</c> to the end of the line.</summary>
internal sealed class DagLexer(string text)
{
    private int _at;
    private int _line = 1;
    private int _lineStart;

    /// <summary>The next token; at the end of the text <see cref="DagTokenKind.End"/>, again and again.</summary>
    /// <exception cref="DagSyntaxException">A character that the language does not have.</exception>
    public DagToken Next()
    {
        SkipBlanks();
        var start = _at;
        if (_at == text.Length) return Token(DagTokenKind.End, start);
        if (char.IsAsciiLetterOrDigit(text[_at]))
        {
            while (_at < text.Length && char.IsAsciiLetterOrDigit(text[_at])) _at++;
            while (_at < text.Length && text[_at] == '\'') _at++;
            return Token(DagTokenKind.Word, start);
        }

        if (!"{}[]:,*-".Contains(text[_at], StringComparison.Ordinal)) throw Unknown(text[_at]);
        _at += text[_at] == '-' && Following is '>' ? 2 : 1;
        return Token(DagTokenKind.Symbol, start);
    }

    private char Following => _at + 1 < text.Length ? text[_at + 1] : '\0';

    private void SkipBlanks()
    {
        for (; _at < text.Length; _at++)
        {
            var character = text[_at];
            if (character == '#' || (character == '/' && Following == '/'))
            {
                var end = text.IndexOf('\n', _at);
                _at = (end < 0 ? text.Length : end) - 1;
            }
            else if (character == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
            else if (!char.IsWhiteSpace(character))
            {
                return;
            }
        }
    }

    private DagToken Token(DagTokenKind kind, int start) => new(kind, text[start.._at], _line, start - _lineStart + 1);

    private DagSyntaxException Unknown(char character)
    {
        var shown = character is > ' ' and < '\x7f' ? $"'{character}'" : $"U+{(int)character:X4}";
        var hint = character is '\'' or '’' or '′'
            ? "a prime is written ' right behind the authority or the round, as in A' and A2'"
            : "blocks are written as in A -> [*, -B1, C2']";
        return new DagSyntaxException(_line, _at - _lineStart + 1, $"{shown} has no place here; {hint}");
    }
}
