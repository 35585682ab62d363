using System.Diagnostics;
using Mysticeti.Validator.Node;

namespace Mysticeti.Validator.Tests.Node;

public sealed class CoreSignalTests
{
    private const long Minute = 60_000_000_000;

    [Fact]
    public void A_signal_from_before_the_wait_ends_it_at_once()
    {
        using var signal = new CoreSignal();
        signal.Set();
        Assert.True(Lasted(() => signal.Wait(Minute)) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_wait_lasts_as_long_as_it_was_told_where_nothing_comes()
    {
        using var signal = new CoreSignal();
        signal.Set();
        signal.Reset();
        Assert.True(Lasted(() => signal.Wait(20_000_000)) >= TimeSpan.FromMilliseconds(19));
    }

    [Fact]
    public void No_signal_is_lost_between_threads_that_hand_each_other_the_turn()
    {
        const int turns = 20_000;
        using var ping = new CoreSignal();
        using var pong = new CoreSignal();
        var (asked, answered) = (0, 0);
        var other = new Thread(() =>
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                Await(ping, () => Volatile.Read(ref asked) >= turn);
                Volatile.Write(ref answered, turn);
                pong.Set();
            }
        });
        other.Start();
        // A lost signal would cost a minute each, and the threads end far sooner.
        var lasted = Lasted(() =>
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                Volatile.Write(ref asked, turn);
                ping.Set();
                Await(pong, () => Volatile.Read(ref answered) >= turn);
            }
        });
        other.Join();
        Assert.True(lasted < TimeSpan.FromSeconds(55), $"{turns} turns took {lasted}");
    }

    // As the core's loop does it: forget, look, wait.
    private static void Await(CoreSignal signal, Func<bool> condition)
    {
        while (true)
        {
            signal.Reset();
            if (condition()) return;
            signal.Wait(Minute);
        }
    }

    private static TimeSpan Lasted(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started);
    }
}
