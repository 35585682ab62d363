using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli;

namespace Mysticeti.Runner.Tests.Cli;

public sealed class CliDocumentTests
{
    [Fact]
    public void The_document_of_the_options_is_what_the_program_says()
    {
        var shell = new Shell(TextWriter.Null, TextWriter.Null, TimeProvider.System, "networks");
        var document = File.ReadAllText(SourceTree.PathOf("docs", "cli.md")).ReplaceLineEndings("\n");
        Assert.True(
            CliDocument.Render(CommandLine.Root(shell)) == document, $"docs/cli.md is out of date: make it anew with './mysticeti {CliDocument.CommandName} > docs/cli.md'");
    }
}
