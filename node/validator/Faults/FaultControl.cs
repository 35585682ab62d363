using System.Text;
using Mysticeti.Protocol;

namespace Mysticeti.Validator.Faults;

/// <summary>
/// The faults of the moment, and the dead man's timer that ends them: a tool that dies in the middle of an experiment leaves a
/// healthy validator behind. Safe for use by several threads.
/// </summary>
internal sealed class FaultControl(TimeProvider time, ILogger log) : IDisposable
{
    private readonly Lock _lock = new();
    private FaultState _current = FaultState.None;
    private TaskCompletionSource _changed = NewChange();
    private ITimer? _expiry;
    private long _setAt;

    /// <summary>The faults that hold now.</summary>
    public FaultState Current => Volatile.Read(ref _current);

    /// <summary>Completes when the faults change next. Take it before looking at <see cref="Current"/>.</summary>
    public Task NextChange => Volatile.Read(ref _changed).Task;

    /// <summary>Called after each change, by whichever thread made it.</summary>
    public Action? Changed { get; set; }

    /// <summary>Until the faults end by themselves; zero where there are none.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                if (_current.ExpiresAfterMs is not { } lifetime) return TimeSpan.Zero;
                var left = TimeSpan.FromMilliseconds(lifetime) - time.GetElapsedTime(_setAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Replaces all faults.</summary>
    /// <param name="state">Checked by <see cref="FaultState.Broken"/>.</param>
    public void Set(FaultState state)
    {
        log.LogWarning("faults are injected: {Faults}", Encoding.UTF8.GetString(state.ToJson()));
        Replace(state);
    }

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        if (Current == FaultState.None) return;
        log.LogWarning("the injected faults were cleared");
        Replace(FaultState.None);
    }

    public void Dispose() => Replace(FaultState.None);

    /// <param name="expected">Only in its place; null: whatever holds now.</param>
    /// <returns>Whether it was replaced.</returns>
    private bool Replace(FaultState state, FaultState? expected = null)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (expected is not null && !ReferenceEquals(_current, expected)) return false;
            _expiry?.Dispose();
            _setAt = time.GetTimestamp();
            Volatile.Write(ref _current, state);
            _expiry = state.ExpiresAfterMs is { } lifetime
                ? time.CreateTimer(_ => Expire(state), null, TimeSpan.FromMilliseconds(lifetime), Timeout.InfiniteTimeSpan)
                : null;
            changed = _changed;
            Volatile.Write(ref _changed, NewChange());
        }

        changed.SetResult();
        Changed?.Invoke();
        return true;
    }

    private void Expire(FaultState state)
    {
        // A newer state may have come just as the timer fired: it has a timer of its own.
        if (Replace(FaultState.None, expected: state)) log.LogWarning("the injected faults expired");
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
