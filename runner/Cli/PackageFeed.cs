using System.Text.Json;

namespace Mysticeti.Runner.Cli;

/// <summary>What the last restore of the Pulumi program found in the package feed. A build may do without its packages, and without no others.</summary>
internal static class PackageFeed
{
    private const string Name = "package feed";

    /// <param name="root">The source tree's directory; null where there is none.</param>
    public static Finding Examine(string? root)
    {
        if (root is null) return new Finding(Name, Doctor.Ok, "not needed: no source tree");
        return MissingPackages(Path.Combine(root, "infra", "obj", "project.nuget.cache")) switch
        {
            null => new Finding(Name, Doctor.Ok, "has what the tool needs; ./mysticeti build finds out whether it has the Pulumi packages"),
            [] => new Finding(Name, Doctor.Ok, "has every package"),
            var missing => new Finding(Name, Doctor.Missing, $"lacks {string.Join(", ", missing)}: infra cannot be built here; everything else can"),
        };
    }

    /// <summary>The packages that NuGet's record of a restore names as missing; null where there is no readable record.</summary>
    private static string[]? MissingPackages(string record)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(record));
            return [.. json.RootElement.GetProperty("logs").EnumerateArray()
                .Where(entry => entry.GetProperty("code").GetString() is "NU1101" or "NU1102" or "NU1103")
                .Select(entry => entry.GetProperty("libraryId").GetString()!)
                .Distinct().Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
