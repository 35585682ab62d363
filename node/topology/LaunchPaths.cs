namespace Mysticeti.Topology;

/// <summary>Where a validator finds its files, as it sees them: on a remote host or in a container not where they are written.</summary>
/// <param name="Genesis">The genesis file.</param>
/// <param name="Key">The key file of an authority.</param>
/// <param name="WorkingDirectory">The directory that an authority may write to.</param>
public sealed record LaunchPaths(string Genesis, Func<int, string> Key, Func<int, string> WorkingDirectory)
{
    /// <summary>The parameters file, where the validators have one: beside the genesis file.</summary>
    public string Parameters => $"{Genesis[..(Genesis.LastIndexOf('/') + 1)]}{ParametersFile.FileName}";

    /// <summary>All validators under one directory, laid out as <see cref="LaunchPlan.WriteFiles"/> does it.</summary>
    public static LaunchPaths Under(string root)
    {
        var prefix = Prefix(root);
        return new($"{prefix}genesis.json", i => $"{prefix}node{i}/key.json", i => $"{prefix}node{i}");
    }

    /// <summary>Each validator alone with its files, in the same place in every container or on every host.</summary>
    public static LaunchPaths Alone(string root)
    {
        var prefix = Prefix(root);
        return new($"{prefix}genesis.json", _ => $"{prefix}key.json", _ => $"{prefix}data");
    }

    // A slash on every system: the validator's may be another than the one on which the plan is made, and Windows takes it too.
    private static string Prefix(string root) => root.EndsWith('/') ? root : $"{root}/";
}
