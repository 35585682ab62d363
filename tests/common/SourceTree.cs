namespace Mysticeti.Tests;

/// <summary>Where the sources are, and what was built from them as these tests were.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    private static readonly string Output = Path.GetRelativePath(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..")), AppContext.BaseDirectory);

    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>The runner's executable.</summary>
    public static string Runner => PathOf("runner", Output, $"mysticeti{Suffix}");

    /// <summary>The validator's executable.</summary>
    public static string Validator => PathOf("node", "validator", Output, $"mysticeti-validator{Suffix}");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Mysticeti.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("the tests do not lie in the source tree");
        return directory.FullName;
    }
}
