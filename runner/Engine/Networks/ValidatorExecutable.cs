namespace Mysticeti.Engine.Networks;

/// <summary>Finds the validator that embedded networks run.</summary>
internal static class ValidatorExecutable
{
    /// <summary>The environment variable that names it where it lies elsewhere.</summary>
    public const string Variable = "MYSTICETI_VALIDATOR";

    private static string FileName => OperatingSystem.IsWindows() ? "mysticeti-validator.exe" : "mysticeti-validator";

    /// <summary>Absolute path of the executable.</summary>
    /// <exception cref="NetworkException">There is none.</exception>
    public static string Find() => Find(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory);

    /// <param name="configured">A path, or null or empty.</param>
    /// <param name="baseDirectory">Where the runner's own files are: beside the validator's, or in the output directory of a source tree.</param>
    /// <exception cref="NetworkException">There is none.</exception>
    public static string Find(string? configured, string baseDirectory)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            return File.Exists(configured)
                ? Path.GetFullPath(configured)
                : throw new NetworkException($"{Variable} names '{configured}', where there is no file");
        }

        string[] candidates =
        [
            Path.Combine(baseDirectory, FileName),
            Path.Combine(baseDirectory, "..", "..", "..", "..", "node", "validator", "bin", "Release", "net10.0", FileName),
            Path.Combine(baseDirectory, "..", "..", "..", "..", "node", "validator", "bin", "Debug", "net10.0", FileName),
        ];
        return candidates.FirstOrDefault(File.Exists) is { } found
            ? Path.GetFullPath(found)
            : throw new NetworkException(
                $"the validator is not built: {Path.GetFullPath(candidates[1])} is missing; start through ./mysticeti, which builds it, or set {Variable}");
    }
}
