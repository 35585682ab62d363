namespace Mysticeti.Engine.Observation;

/// <summary>Follows what one node commits for the time of a load.</summary>
public interface ICommitObserver : IAsyncDisposable
{
    /// <summary>Ends when the observer has seen where the node stands: from then on no commit is missed.</summary>
    Task Opened { get; }

    /// <summary>What the node has shown so far; final after <see cref="IAsyncDisposable.DisposeAsync"/>.</summary>
    CommitTally Tally();
}
