using System.Security.Cryptography;
using Mysticeti.Engine.Load;

namespace Mysticeti.Runner.Tests.Benchmark;

/// <summary>What happens to a submitted transaction.</summary>
internal enum Fate
{
    Commit,
    Drop,
    Reject,
    RejectAndCommit,
    CommitTwice,
    CommitTwiceFlagged,
}

/// <summary>The committed sequence that all fake nodes report: everything that waits is committed every few milliseconds.</summary>
internal sealed class FakeChain : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<byte[]> _commits = [];
    private readonly List<(byte[] Digest, byte[][] Transactions)> _blocks = [];
    private readonly List<(byte[] Bytes, bool Duplicate)> _waiting = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private byte[] _digest = new byte[32];
    private TaskCompletionSource _more = New();

    public FakeChain() => _running = RunAsync();

    /// <summary>Decides by header; warm-up transactions have the lowest sequences.</summary>
    public Func<TransactionHeader, Fate> FateOf { get; set; } = _ => Fate.Commit;

    /// <summary>While it is not completed no node takes or answers anything, and nothing is committed.</summary>
    public Task Thaw { get; set; } = Task.CompletedTask;

    public int Count
    {
        get
        {
            lock (_gate) return _commits.Count;
        }
    }

    /// <summary>Commit <paramref name="index"/> as a block; null before it is there.</summary>
    public (byte[] Digest, byte[][] Transactions)? Block(long index)
    {
        lock (_gate) return index >= 1 && index <= _blocks.Count ? _blocks[(int)index - 1] : null;
    }

    /// <summary>Takes a transaction; the answer is whether it was accepted.</summary>
    public bool Submit(byte[] bytes)
    {
        var fate = TransactionHeader.TryRead(bytes, out var header) ? FateOf(header) : Fate.Commit;
        lock (_gate)
        {
            if (fate is Fate.Commit or Fate.RejectAndCommit or Fate.CommitTwice or Fate.CommitTwiceFlagged) _waiting.Add((bytes, false));

            if (fate is Fate.CommitTwice or Fate.CommitTwiceFlagged) _waiting.Add((bytes, fate == Fate.CommitTwiceFlagged));
        }

        return fate is not (Fate.Reject or Fate.RejectAndCommit);
    }

    /// <summary>The frame of commit <paramref name="index"/>, from 1, once there is one.</summary>
    public async Task<byte[]> CommitAsync(long index, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (index <= _commits.Count) return _commits[(int)index - 1];

                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        _closing.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            await Task.Delay(3, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Thaw.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_gate)
            {
                _digest = SHA256.HashData(_digest);
                _blocks.Add((_digest, [.. _waiting.Select(w => w.Bytes)]));
                _commits.Add(CommitStreamWriter.Commit(_commits.Count + 1, _digest, [.. _waiting]));
                _waiting.Clear();
                _more.SetResult();
                _more = New();
            }
        }
    }
}
