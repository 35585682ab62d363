using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Ssh;

/// <summary>Turns what <c>ssh</c> prints into one line that says what to do.</summary>
internal static class SshMessages
{
    /// <summary>Why a connection failed.</summary>
    public static string Explain(SshTarget target, string error)
    {
        if (error.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal))
            return $"{target} has another host key than known_hosts says: someone may stand between; if the host was made anew, remove the old key with ssh-keygen -R";
        if (error.Contains("Host key verification failed", StringComparison.Ordinal))
            return $"{target} has a host key that is not in known_hosts: check it and add it with ssh-keyscan, or pass --trust-new-hosts";
        if (error.Contains("Permission denied", StringComparison.Ordinal))
            return $"{target} does not let us in with {(target.KeyPath is { } key ? $"the key {key}" : "any key of the agent or of ~/.ssh")}: {LastLine(error, "")}";
        return $"no connection to {target}: {LastLine(error, "ssh does not say why")}";
    }

    /// <summary>The last line that says something, without <c>error:</c> before it.</summary>
    public static string LastLine(string text, string otherwise)
    {
        var line = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? otherwise;
        return Values.OneLine(line.StartsWith("error: ", StringComparison.Ordinal) ? line[7..] : line);
    }
}
