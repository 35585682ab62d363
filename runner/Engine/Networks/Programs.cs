using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// Starts every other program that this one runs. Bare names are looked for in PATH alone (<see cref="ProgramPath"/>), what is started gets
/// the same PATH, and nobody gets a secret of the environment that is not meant for it.
/// </summary>
internal static class Programs
{
    private const int NoSuchFile = 2;

    private static readonly string[] SecretEndings = ["_PASSPHRASE", "_PASSWORD", "_TOKEN"];

    /// <summary>Secrets under names that others chose, and the programs that they are for.</summary>
    private static readonly ImmutableArray<(string Variable, string[] Readers)> ForeignSecrets =
    [
        ("PULUMI_ACCESS_TOKEN", ["pulumi"]),
        ("PULUMI_CONFIG_PASSPHRASE", ["pulumi"]),
        // The experiment services' database; compose files of users may name it, too.
        ("POSTGRES_PASSWORD", ["docker", "docker-compose"]),
        ("PGPASSWORD", []),
    ];

    /// <summary>Starts a program.</summary>
    /// <param name="start">Its file name is absolute or bare. What was put into its environment beside what is inherited stays there.</param>
    /// <exception cref="Win32Exception">There is no such program, or it cannot be run.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        var program = start.FileName;
        start.FileName = Path.IsPathFullyQualified(program)
            ? program
            : Path.GetFileName(program) == program
                ? ProgramPath.Find(program, Environment.GetEnvironmentVariable("PATH")) ?? throw new Win32Exception(NoSuchFile, $"there is no program '{program}' in PATH")
                : throw new ArgumentException($"'{program}' is neither an absolute path nor a bare name", nameof(start));
        Confine(start.Environment, program);
        return Process.Start(start)!;
    }

    /// <summary>Takes from an environment what the program is not to have.</summary>
    public static void Confine(IDictionary<string, string?> environment, string program)
    {
        if (environment.TryGetValue("PATH", out var path)) SetOrRemove(environment, "PATH", ProgramPath.WithoutRelativeEntries(path));
        foreach (var name in environment.Keys.Where(name => IsSecretFrom(name, program)).ToArray()) environment.Remove(name);
    }

    private static bool IsSecretFrom(string variable, string program) =>
        (variable.StartsWith("MYSTICETI_", StringComparison.OrdinalIgnoreCase) && SecretEndings.Any(ending => variable.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        || ForeignSecrets.Any(secret => variable.Equals(secret.Variable, StringComparison.OrdinalIgnoreCase) && !secret.Readers.Contains(program));

    private static void SetOrRemove(IDictionary<string, string?> environment, string name, string? value)
    {
        if (value is null) environment.Remove(name);
        else environment[name] = value;
    }
}
