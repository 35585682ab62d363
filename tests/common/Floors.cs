using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mysticeti.Tests;

/// <summary>
/// Holds folders to a list of floors: each may use those before it in the list, never those behind it, so that there is no cycle and whoever reads
/// a floor needs to know the earlier ones only.
/// </summary>
internal static partial class Floors
{
    /// <summary>What each source file uses of a floor above its own: by a using, or by a qualified name, for nothing else reaches upwards.</summary>
    public static IEnumerable<string> Violations(ImmutableArray<string> floors, IEnumerable<(string Path, string Text)> sources)
    {
        // The program's entry has no namespace: it is the roof.
        var files = sources.Select(file => (file.Path, Code: Comment().Replace(file.Text, ""))).Where(file => Namespace().IsMatch(file.Code))
            .Select(file => (file.Path, file.Code, Floor: Namespace().Match(file.Code).Groups[1].Value)).ToArray();
        var types = files.ToLookup(file => file.Floor, file => Type().Matches(file.Code).Select(match => match.Groups[1].Value));
        foreach (var (path, code, floor) in files)
        {
            if (!floors.Contains(floor)) yield return $"{path}: {floor} is on no floor";
            var above = floors.Contains(floor) ? floors.Skip(floors.IndexOf(floor) + 1) : [];
            foreach (var used in above.Where(other => Uses(code, floor, other, types[other].SelectMany(names => names))))
                yield return $"{path}: {floor} uses {used}, which lies above it";
        }
    }

    private static bool Uses(string code, string floor, string other, IEnumerable<string> types)
    {
        if (code.Contains($"using Mysticeti.{other};", StringComparison.Ordinal)) return true;
        // "Reports.SealedRun" means within Mysticeti.Engine.Load what it is called within Mysticeti.Engine.
        var shared = floor.Split('.').Zip(other.Split('.')).TakeWhile(pair => pair.First == pair.Second).Count();
        var ways = Enumerable.Range(0, shared + 1).Select(skipped => string.Join('.', other.Split('.').Skip(skipped))).Where(way => way.Length > 0)
            .SelectMany(way => (string[])[way, $"Mysticeti.{way}"]);
        return ways.Any(way => code.Contains(way + ".", StringComparison.Ordinal)
            && types.Any(type => Regex.IsMatch(code, $@"(?<![\w.]){Regex.Escape(way)}\.{type}\b")));
    }

    /// <summary>The C# files below a folder of the tree, by their paths from its root.</summary>
    public static IEnumerable<(string Path, string Text)> Sources(string area) =>
        from file in Directory.EnumerateFiles(SourceTree.PathOf(area), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal)
        select (path, File.ReadAllText(file));

    [GeneratedRegex(@"^namespace Mysticeti\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:public |internal )?(?:static |sealed |abstract |readonly |partial |ref )*(?:class|record struct|record|struct|interface|enum) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
