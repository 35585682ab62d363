using Mysticeti.Runner.Networks;
using Mysticeti.Topology;

namespace Mysticeti.Runner.Cli;

/// <summary>Where the network of a command comes from.</summary>
internal abstract record NetworkSource
{
    /// <summary>The network, not yet started.</summary>
    public abstract INetwork Create(Shell shell);

    /// <summary>One line for people.</summary>
    public abstract string Describe();
}

/// <summary>The command starts it and stops it.</summary>
internal sealed record EmbeddedSource(EmbeddedNetworkSettings Settings) : NetworkSource
{
    public override INetwork Create(Shell shell) => new EmbeddedNetwork(Settings, shell.Time);

    public override string Describe() => $"{Settings.Committee} validators started on 127.0.0.1, " + Settings.BasePort switch
    {
        null => "default ports",
        0 => "free ports",
        var port => $"ports from {port}",
    };
}

/// <summary>It runs already.</summary>
/// <param name="Origin">A file's or a stack's name.</param>
internal sealed record ExternalSource(NetworkOutputs Outputs, string Origin) : NetworkSource
{
    public override INetwork Create(Shell shell) => new ExternalNetwork(Outputs, shell.Time);

    public override string Describe() => $"'{Outputs.Name}' of {Origin}: {string.Join(", ", Outputs.Nodes.Select(node => node.RpcUrl))}";

    /// <exception cref="UsageException">The network speaks a protocol that cannot be measured.</exception>
    public ExternalSource Checked() => Outputs.Flavor == NetworkOutputs.Mysticeti
        ? this
        : throw new UsageException($"{Origin}: flavor '{Outputs.Flavor}' cannot be measured; only '{NetworkOutputs.Mysticeti}' networks can");
}
