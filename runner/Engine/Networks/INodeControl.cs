namespace Mysticeti.Engine.Networks;

/// <summary>Stops and starts single nodes of a running network on purpose. What it stopped is no <see cref="NodeFailure"/>.</summary>
/// <remarks>Faults of links (partition, delay, loss) go through the validators' own fault interface and need nothing of this.</remarks>
public interface INodeControl
{
    /// <summary>How long a killed node stays down when nobody asks for it again, where it does not end with this program anyway.</summary>
    static readonly TimeSpan KillLease = TimeSpan.FromSeconds(120);

    /// <summary>Ends a node at once, as a crash would; its storage stays. A node that is down stays so, for another <see cref="KillLease"/>.</summary>
    /// <exception cref="NetworkException">It could not be done.</exception>
    Task KillAsync(int node, CancellationToken cancellationToken);

    /// <summary>Starts a node that is down, on the storage it left. A node that runs is left alone.</summary>
    /// <exception cref="NetworkException">It could not be done.</exception>
    Task StartAsync(int node, CancellationToken cancellationToken);

    /// <summary>Freezes a node; it goes on by itself after <paramref name="longest"/>, even if this program is gone by then.</summary>
    /// <exception cref="NetworkException">It could not be done.</exception>
    Task PauseAsync(int node, TimeSpan longest, CancellationToken cancellationToken);

    /// <summary>Lets a frozen node go on.</summary>
    /// <exception cref="NetworkException">It could not be done.</exception>
    Task ResumeAsync(int node, CancellationToken cancellationToken);

    /// <summary>Whether the node's process is there (frozen or not).</summary>
    Task<bool> IsRunningAsync(int node, CancellationToken cancellationToken);
}
