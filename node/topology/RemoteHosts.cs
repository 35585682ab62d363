using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Mysticeti.Topology;

/// <summary>A host of the user's that is to run a validator.</summary>
/// <param name="SshKeyPath">Path of the private key, a leading ~ resolved.</param>
public sealed record RemoteHost(int Index, string Host, int SshPort, string SshUser, string SshKeyPath);

/// <summary>The hosts that the environment names.</summary>
/// <param name="SshTimeout">Longest wait for an SSH connection.</param>
public sealed partial record RemoteHosts(ImmutableArray<RemoteHost> Hosts, TimeSpan SshTimeout)
{
    private const string Prefix = "MYSTICETI_NODE";

    /// <summary>
    /// Reads <c>MYSTICETI_NODE{n}_HOST</c> and, optional, <c>_SSH_PORT</c> (22), <c>_SSH_USER</c> (ubuntu), <c>_SSH_KEY</c>
    /// (~/.ssh/id_rsa), and <c>SSH_TIMEOUT</c> (30, in seconds).
    /// </summary>
    /// <exception cref="TopologyException">Fewer than four hosts, a gap in the numbers, an unknown variable of that prefix, or a bad value.</exception>
    public static RemoteHosts FromEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        var named = new SortedDictionary<int, string>();
        foreach (var name in environment.Keys.Where(key => key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
        {
            var match = VariableName().Match(name);
            if (!match.Success || !int.TryParse(match.Groups["index"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                throw new TopologyException($"environment variable {name} is not known: use {Prefix}{{n}}_HOST, _SSH_PORT, _SSH_USER or _SSH_KEY with n counted from 0");
            named.TryAdd(index, name);
        }

        var count = Math.Max(named.Count, CommitteeSpecification.MinSize);
        var hosts = ImmutableArray.CreateBuilder<RemoteHost>(count);
        for (var i = 0; i < count; i++)
        {
            if (Value(environment, i, "HOST") is { } host) hosts.Add(ReadHost(environment, i, host));
            else throw Missing(i, named);
        }

        return new RemoteHosts(hosts.ToImmutable(), TimeSpan.FromSeconds(Number(environment, "SSH_TIMEOUT", 30, 3600)));
    }

    private static TopologyException Missing(int index, SortedDictionary<int, string> named)
    {
        var variable = $"{Prefix}{index}_HOST";
        var later = named.FirstOrDefault(entry => entry.Key >= index);
        return new TopologyException(later.Value is { } other && other != variable
            ? $"environment variable {variable} is not set although {other} is: number the hosts from 0 without gaps"
            : $"environment variable {variable} is not set: a committee needs at least {CommitteeSpecification.MinSize} hosts, numbered from 0");
    }

    private static RemoteHost ReadHost(IReadOnlyDictionary<string, string> environment, int index, string host)
    {
        if (!HostPort.IsHost(host)) throw new TopologyException($"environment variable {Prefix}{index}_HOST is '{host}', neither a host name nor an IP address");
        return new RemoteHost(
            index,
            host,
            Number(environment, $"{Prefix}{index}_SSH_PORT", 22, 65535),
            Value(environment, index, "SSH_USER") ?? "ubuntu",
            Home(environment, Value(environment, index, "SSH_KEY") ?? "~/.ssh/id_rsa"));
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, int index, string what) =>
        environment.TryGetValue($"{Prefix}{index}_{what}", out var value) && value.Trim().Length > 0 ? value.Trim() : null;

    private static int Number(IReadOnlyDictionary<string, string> environment, string name, int fallback, int most)
    {
        if (!environment.TryGetValue(name, out var text) || text.Trim().Length == 0) return fallback;
        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
            ? value
            : throw new TopologyException($"environment variable {name} is '{text}'; it must be a whole number from 1 to {most}");
    }

    private static string Home(IReadOnlyDictionary<string, string> environment, string path)
    {
        if (path != "~" && !path.StartsWith("~/", StringComparison.Ordinal)) return path;
        return environment.TryGetValue("HOME", out var home) || environment.TryGetValue("USERPROFILE", out home) ? home + path[1..] : path;
    }

    [GeneratedRegex("^MYSTICETI_NODE(?<index>0|[1-9][0-9]{0,4})_(HOST|SSH_PORT|SSH_USER|SSH_KEY)$")]
    private static partial Regex VariableName();
}
