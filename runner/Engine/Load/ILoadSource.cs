namespace Mysticeti.Engine.Load;

/// <summary>Offers a load and writes into its record what becomes of it: a generator of this process, or worker processes.</summary>
internal interface ILoadSource : IAsyncDisposable
{
    /// <summary>How long before the schedule's zero it has to be told of it.</summary>
    TimeSpan Lead => TimeSpan.Zero;

    /// <summary>Bound of the error between the clock that paces and the load's own; 0 where they are one.</summary>
    double ClockErrorMs => 0;

    /// <summary>What a reader of the figures must know; null: nothing.</summary>
    string? Note => null;

    /// <summary>What it took beside this process during the window; final once it is disposed of.</summary>
    IEnumerable<InstrumentUse> UseElsewhere => [];

    /// <summary>Transactions whose time has come; their number is the end of the sequences that count.</summary>
    int DueCount { get; }

    /// <summary>Transactions of the window that were due and not sent; final once it is disposed of.</summary>
    long WindowUnsent { get; }

    /// <summary>When it stopped sending, on the load's clock.</summary>
    long EndedNs { get; }

    /// <summary>Gets everything up that it needs, before connections are opened.</summary>
    /// <exception cref="Networks.NetworkException">It is not to be had.</exception>
    Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until each connection is open or has failed to open.</summary>
    Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Sends until the schedule is done; a cancelled token ends it early, without an exception. Answers are taken until the end.</summary>
    Task RunAsync(CancellationToken stop);
}
