using System.Collections.Immutable;

namespace Mysticeti.Engine.Ssh;

/// <summary>The SSH clients that this build has.</summary>
public static class SshTransports
{
    /// <summary>Their names; the first one is the default.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        "ssh.net",
        "openssh",
    ];

    /// <param name="name">One of <see cref="Names"/>.</param>
    public static ISshTransport Create(string name, SshSettings settings) => name switch
    {
        "ssh.net" => new SshNetTransport(settings),
        _ => new OpenSshTransport(settings),
    };
}
