using Mysticeti.Engine.Console;
using Mysticeti.Engine.Resources;
using Mysticeti.Topology;

namespace Mysticeti.Engine.Networks;

/// <summary>
/// A network that can be measured, whoever carries out its launch plan. A new way to host a network is one class
/// behind this interface.
/// </summary>
public interface INetwork : IAsyncDisposable
{
    /// <summary>Where the nodes are, as a stack would export it. Valid once <see cref="StartAsync"/> has returned.</summary>
    NetworkOutputs Outputs { get; }

    /// <summary>Brings the network up (or takes hold of a running one) and returns when every node is ready and connected.</summary>
    /// <param name="startupWait">Longest wait.</param>
    /// <param name="progress">One short line a step, for people.</param>
    /// <exception cref="NetworkException">It did not come up; what was started has been stopped again.</exception>
    Task StartAsync(TimeSpan startupWait, IProgress<string> progress, CancellationToken cancellationToken);

    /// <summary>Stops and starts single nodes; null where the nodes are out of reach.</summary>
    INodeControl? Control => null;

    /// <summary>What the nodes use of their machines; null where that cannot be seen.</summary>
    INodeResources? Resources => null;

    /// <summary>The nodes that do not run any more though nobody stopped them, with the end of their logs.</summary>
    IReadOnlyList<NodeFailure> Failures();

    /// <summary>Copies each node's log into <paramref name="directory"/> as <c>NAME.log</c>.</summary>
    Task CollectLogsAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Stops what this object started; calling it twice does no harm. <see cref="IAsyncDisposable.DisposeAsync"/> does the same.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>A node that stopped by itself.</summary>
public sealed record NodeFailure(int Index, string Name, string Reason);

/// <summary>The network or the infrastructure failed (exit code 4). The message is one line for the user.</summary>
public sealed class NetworkException(string message, Exception? inner = null) : CommandException(ExitCodes.Network, message, inner);
