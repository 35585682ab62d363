using System.Globalization;

namespace Mysticeti.Topology;

/// <summary>
/// A validator as a service of its host. There is one unit file, that of <c>node/validator/packaging</c>; on hosts that are installed from
/// elsewhere a drop-in beside it (systemd.unit(5)) says what is different there: where the files lie and whose they are.
/// </summary>
internal static class ServiceUnit
{
    /// <summary>The unit file, whole: with it come the limits of what a validator may do, and when it is started again.</summary>
    public static string File { get; } = Read();

    /// <summary>The drop-in of one validator. <c>User=</c> is left for the end, since only the host knows it.</summary>
    /// <param name="program">The validator's executable; below the root, or outside of all homes.</param>
    /// <param name="root">All that it sees of the homes, and all that it may write to.</param>
    public static string DropIn(ValidatorLaunch launch, string program, string root) => string.Join('\n',
    [
        "[Unit]",
        $"Description=Mysticeti validator {launch.Index.ToString(CultureInfo.InvariantCulture)}",
        "[Service]",
        "EnvironmentFile=",
        "LoadCredential=",
        "DynamicUser=no",
        "StateDirectory=",
        "ProtectHome=tmpfs",
        $"BindPaths={Word(root)}",
        .. launch.Environment.Select(variable => $"Environment={Word($"{variable.Key}={variable.Value}")}"),
        "ExecStart=",
        $"ExecStart={string.Join(' ', launch.Arguments.Prepend(program).Select(argument => Word(argument).Replace("$", "$$", StringComparison.Ordinal)))}",
    ]);

    // systemd.syntax(7): quotes and backslashes by C's rules; % has a meaning of its own, and in command lines $.
    private static string Word(string word) =>
        $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal)}\"";

    private static string Read()
    {
        using var stream = typeof(ServiceUnit).Assembly.GetManifestResourceStream("mysticeti-validator.service")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
