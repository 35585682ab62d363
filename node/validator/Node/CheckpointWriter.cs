using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Mysticeti.Topology;
using Mysticeti.Validator.Links;
using Mysticeti.Validator.Storage;

namespace Mysticeti.Validator.Node;

/// <summary>
/// Encodes own checkpoints, makes them durable and offers them to peers, one after the other on a thread of its own. All
/// validators make the same checkpoint at the same time: were it done by the cores, or as readily as what they do, the whole network would stand still.
/// </summary>
internal sealed class CheckpointWriter : IDisposable
{
    /// <summary>About a tenth of the processor that the core gets where both want one.</summary>
    private const int Niceness = 10;

    private readonly string _directory;
    private readonly Genesis _genesis;
    private readonly bool _fsync;
    private readonly CheckpointShelf _shelf;
    private readonly Thread _thread;

    // Guards the fields below; pulsed when one of them changes.
    private readonly object _lock = new();
    private Checkpoint? _next;
    private bool _storing;
    private bool _closing;
    private ExceptionDispatchInfo? _failure;
    private long _durableGcRound;

    public CheckpointWriter(string directory, Genesis genesis, bool fsync, CheckpointShelf shelf)
    {
        (_directory, _genesis, _fsync, _shelf) = (directory, genesis, fsync, shelf);
        _thread = new Thread(Run) { Name = "checkpoints", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The garbage collection round of the newest checkpoint that is durable; 0 before the first.</summary>
    /// <exception cref="Exception">A checkpoint could not be stored, for the reason that is thrown.</exception>
    public long DurableGcRound
    {
        get
        {
            lock (_lock)
            {
                _failure?.Throw();
                return _durableGcRound;
            }
        }
    }

    /// <summary>Takes the next checkpoint; waits while the one before has not been begun, rather than to fill the memory.</summary>
    /// <exception cref="Exception">An earlier one could not be stored, for the reason that is thrown.</exception>
    public void Add(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            while (_next is not null && _failure is null) Monitor.Wait(_lock);
            _failure?.Throw();
            _next = checkpoint;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until every checkpoint that was given is durable.</summary>
    /// <exception cref="Exception">One could not be stored, for the reason that is thrown.</exception>
    public void Drain()
    {
        lock (_lock)
        {
            while ((_next is not null || _storing) && _failure is null) Monitor.Wait(_lock);
            _failure?.Throw();
        }
    }

    /// <summary>Ends the thread after what was given already.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closing = true;
            Monitor.PulseAll(_lock);
        }

        _thread.Join();
    }

    private void Run()
    {
        // Of this thread alone, on Linux; elsewhere it would be the whole process. Where it fails the checkpoints are just made at once.
        if (OperatingSystem.IsLinux()) _ = AddNiceness(Niceness);
        while (Take() is { } checkpoint)
        {
            try
            {
                var encoded = checkpoint.Encode(_genesis.Hash);
                CheckpointFile.Save(_directory, encoded, _fsync);
                _shelf.Add(checkpoint.Core.Linearizer.Index, encoded);
                Stored(_genesis.Consensus.GcRound(checkpoint.Core.Linearizer.LastLeaderRound));
                // The copies and encodings of checkpoints are large objects, which only full collections free. Left to itself the runtime
                // makes so few of these that such garbage is half of the heap; beside the running code they cost little, large objects having few references.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            }
            catch (Exception error)
            {
                Fail(ExceptionDispatchInfo.Capture(error));
                return;
            }
        }
    }

    private Checkpoint? Take()
    {
        lock (_lock)
        {
            while (_next is null && !_closing) Monitor.Wait(_lock);
            var taken = _next;
            _next = null;
            _storing = taken is not null;
            Monitor.PulseAll(_lock);
            return taken;
        }
    }

    private void Stored(long gcRound)
    {
        lock (_lock)
        {
            _durableGcRound = gcRound;
            _storing = false;
            Monitor.PulseAll(_lock);
        }
    }

    private void Fail(ExceptionDispatchInfo failure)
    {
        lock (_lock)
        {
            _failure = failure;
            Monitor.PulseAll(_lock);
        }
    }

    [DllImport("libc", EntryPoint = "nice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AddNiceness(int more);
}
