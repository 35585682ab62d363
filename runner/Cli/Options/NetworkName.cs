using Mysticeti.Engine.Console;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>Names of embedded networks: they are directories, too.</summary>
internal static class NetworkName
{
    /// <exception cref="UsageException">It is no name.</exception>
    public static string Checked(string option, string name) =>
        name.Length is > 0 and <= 40 && name[0] != '-' && name.All(c => c is '-' or (>= 'a' and <= 'z') or (>= '0' and <= '9'))
            ? name
            : throw new UsageException($"{option} '{Values.OneLine(name)}' is not possible; it takes 1 to 40 lower-case letters, digits and hyphens, a letter or digit first");
}
