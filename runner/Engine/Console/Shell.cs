namespace Mysticeti.Engine.Console;

/// <summary>What a command sees of the world around it.</summary>
/// <param name="Out">Results and progress, for people or for <c>--json</c> readers.</param>
/// <param name="Error">One line where something is wrong.</param>
/// <param name="NetworksDirectory">Where the state files of embedded networks are.</param>
internal sealed record Shell(TextWriter Out, TextWriter Error, TimeProvider Time, string NetworksDirectory)
{
    /// <summary>Answers to questions.</summary>
    public TextReader In { get; init; } = TextReader.Null;

    /// <summary>Tables and progress for people, on <see cref="Out"/>.</summary>
    public Screen Screen => Screen.On(Out);

    public static readonly string DefaultNetworksDirectory = Path.Combine(".mysticeti", "networks");

    /// <summary>Standard input, output and error, the system's clock, and the working directory.</summary>
    public static Shell OfProcess() => new(System.Console.Out, System.Console.Error, TimeProvider.System, DefaultNetworksDirectory) { In = System.Console.In };

    /// <summary>MYSTICETI_LOG=debug: more in the logs of the nodes, and where an unexpected error came from.</summary>
    public static bool Debug => string.Equals(Environment.GetEnvironmentVariable("MYSTICETI_LOG"), "debug", StringComparison.OrdinalIgnoreCase);
}
