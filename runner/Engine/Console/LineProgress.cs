namespace Mysticeti.Engine.Console;

/// <summary>Prints each step on a line, at once and in order.</summary>
internal sealed class LineProgress(TextWriter output) : IProgress<string>
{
    public void Report(string value) => output.WriteLine(value);
}
