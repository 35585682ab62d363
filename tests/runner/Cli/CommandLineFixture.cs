using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli;
using Mysticeti.Runner.Tests.Networks;

namespace Mysticeti.Runner.Tests.Cli;

/// <summary>Runs command lines as the executable does, with its output at hand.</summary>
public abstract class CommandLineFixture : IDisposable
{
    private protected TemporaryDirectory Files { get; } = new();

    protected string Out { get; private set; } = "";

    protected string Error { get; private set; } = "";

    /// <summary>What is typed.</summary>
    protected string Input { get; set; } = "";

    protected string NetworksDirectory => Files.File("networks");

    private protected Shell Shell(TextWriter output, TextWriter error) => new(output, error, TimeProvider.System, NetworksDirectory) { In = new StringReader(Input) };

    protected async Task<int> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, Shell(output, error), default);
        (Out, Error) = (output.ToString(), error.ToString());
        return code;
    }

    public void Dispose()
    {
        Files.Dispose();
        GC.SuppressFinalize(this);
    }
}
