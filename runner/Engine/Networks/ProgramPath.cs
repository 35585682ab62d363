namespace Mysticeti.Engine.Networks;

/// <summary>
/// Finds installed programs by PATH alone. .NET and Windows look in the program's own and in the working directory first, where anybody may
/// have put a file named <c>docker</c> or <c>ssh</c>.
/// </summary>
internal static class ProgramPath
{
    /// <summary>CreateProcess itself runs nothing else: batch files are for a shell, which reads arguments in its own way.</summary>
    private const string WindowsSuffix = ".exe";

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Absolute path of the first executable file of that name.</summary>
    /// <param name="name">A bare name, without directory and, on Windows, with or without <c>.exe</c>.</param>
    /// <param name="path">Value of PATH.</param>
    /// <returns>Null where there is none.</returns>
    public static string? Find(string name, string? path)
    {
        var file = OperatingSystem.IsWindows() && !name.EndsWith(WindowsSuffix, StringComparison.OrdinalIgnoreCase) ? name + WindowsSuffix : name;
        return Directories(path).Select(directory => Path.Combine(directory, file)).FirstOrDefault(IsExecutable);
    }

    /// <summary>PATH without the entries that depend on the working directory: relative ones, and empty ones, which mean that directory itself.</summary>
    /// <returns>Null where nothing is left: an empty PATH would mean the working directory again.</returns>
    public static string? WithoutRelativeEntries(string? path) => string.Join(Path.PathSeparator, Directories(path)) is { Length: > 0 } rest ? rest : null;

    private static IEnumerable<string> Directories(string? path) =>
        // On Windows an entry may stand in quotation marks.
        (path ?? "").Split(Path.PathSeparator).Select(entry => OperatingSystem.IsWindows() ? entry.Trim('"') : entry).Where(Path.IsPathFullyQualified);

    private static bool IsExecutable(string file)
    {
        if (!File.Exists(file)) return false;
        try
        {
            return OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A link that leads nowhere.
            return false;
        }
    }
}
