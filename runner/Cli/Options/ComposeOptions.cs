using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks.Containers;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options of every command that can bring up the containers of a compose file.</summary>
internal sealed class ComposeOptions
{
    public readonly Option<string?> ComposePath = TextOption.Create(
        "--docker-compose-path", "FILE", "./docker-compose.yml", "Compose file of a local network");

    /// <summary>What the two clean-up options, whichever command has them, mean for containers.</summary>
    public ComposeNetworkSettings Read(ParseResult arguments, Shell shell, Option<bool> cleanup, Option<bool> thorough)
    {
        var path = arguments.Text(ComposePath);
        if (!File.Exists(path))
        {
            throw new UsageException(
                $"{ComposePath.Name}: there is no file '{Values.OneLine(path)}'; name one, or write one with: mysticeti network compose > docker-compose.yml");
        }

        return new ComposeNetworkSettings(
            path,
            arguments.GetValue(thorough) ? ContainerCleanup.Volumes : arguments.GetValue(cleanup) ? ContainerCleanup.Containers : ContainerCleanup.Nothing,
            shell.NetworksDirectory);
    }
}
