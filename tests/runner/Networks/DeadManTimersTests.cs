using Mysticeti.Engine.Networks;

namespace Mysticeti.Runner.Tests.Networks;

public sealed class DeadManTimersTests
{
    [Fact]
    public async Task A_timer_undoes_unless_it_was_ended_or_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        using var directory = new TemporaryDirectory();
        var timers = new DeadManTimers();
        timers.Set(0, TimeSpan.FromSeconds(1), "touch", directory.File("ended"));
        timers.Set(1, TimeSpan.FromSeconds(1), "touch", directory.File("replaced"));
        timers.Set(1, TimeSpan.FromSeconds(2), "touch", directory.File("kept"));
        timers.End(0);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!File.Exists(directory.File("kept"))) await Task.Delay(50, limit.Token);
        Assert.Equal(["kept"], Directory.GetFiles(directory.Path).Select(Path.GetFileName));
    }
}
