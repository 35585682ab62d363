namespace Mysticeti.EndToEnd.Tests;

public sealed class InterruptTests
{
    private static readonly string[] LongBenchmark = ["benchmark", "--duration", "600", "--loads", "1000", "--base-port", "0"];

    [Theory]
    [InlineData(RunnerProcess.Interrupt)]
    [InlineData(RunnerProcess.Terminate)]
    public async Task An_interrupted_benchmark_saves_what_it_has_and_leaves_no_process(int signal)
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start(LongBenchmark);
        await sandbox.LoadedAsync();
        runner.Signal(signal);
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 130, runner.ToString());
        Assert.NotEmpty(Directory.EnumerateFiles(sandbox.Results, "*.json", SearchOption.AllDirectories));
        await sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task An_interrupt_during_the_start_leaves_no_process()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start(LongBenchmark);
        await Eventually.HoldsAsync(() => sandbox.Validators().Count > 0, "a validator was started");
        runner.Signal(RunnerProcess.Interrupt);
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 130, runner.ToString());
        await sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task Validators_end_when_their_runner_is_killed()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start(LongBenchmark);
        await sandbox.LoadedAsync();
        Assert.Equal(4, sandbox.Validators().Count);
        runner.Kill();
        await sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task A_hung_up_terminal_stops_the_network()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.Start("embedded-network", "--base-port", "0");
        await sandbox.ReadyAsync();
        runner.Signal(RunnerProcess.HangUp);
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 130, runner.ToString());
        await sandbox.NoValidatorIsLeftAsync();
    }
}
