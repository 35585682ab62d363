namespace Mysticeti.EndToEnd.Tests;

/// <summary>The scripts in <c>examples/</c>, with answers on standard input.</summary>
public sealed class ExampleScriptTests
{
    [Fact]
    public async Task A_benchmark_is_asked_for_confirmed_and_run()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartScript("run_benchmark.sh", answers: "\n3\n\n100\n1\n\n\n\n\n\n", "--base-port", "0", "--committee", "5");
        await runner.ExitAsync();
        Assert.True(runner.ExitCode is 0 or 3, runner.ToString());
        Assert.Contains("Number of validators [5]: Please try again: --committee 3 is too small", runner.Out, StringComparison.Ordinal);
        Assert.Contains("Loads: 100 tx/s\nDuration: 1 seconds\n", runner.Out, StringComparison.Ordinal);
        Assert.Contains("Clean up after completion [Y/n]: ", runner.Out, StringComparison.Ordinal);
        using var result = sandbox.Result();
        Assert.Equal(5, result.RootElement.GetProperty("parameters").GetProperty("nodes").GetInt32());
        await sandbox.NoValidatorIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_is_started_without_consent()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartScript("run_benchmark.sh", answers: "\n\n\n\n\n\n\n\nn\n");
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 0, runner.ToString());
        Assert.Contains("Proceed with these settings? [Y/n]: Cancelled; nothing was started.", runner.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sandbox.Root));
    }

    [Fact]
    public async Task The_automatic_script_takes_the_seeds_options()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartScript(
            "run_benchmark_auto.sh", answers: "", "--local-committee", "5", "--remote-committee=9", "--duration", "1", "--local-loads", "50, 60", "--base-port", "0", "--dry-run");
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 0, runner.ToString());
        Assert.Contains("committee: 5\n", runner.Out, StringComparison.Ordinal);
        Assert.Contains("local_loads: [50, 60]\n", runner.Out, StringComparison.Ordinal);

        var help = sandbox.StartScript("run_benchmark_auto.sh", answers: "", "--help");
        await help.ExitAsync();
        Assert.True(help.ExitCode == 0, help.ToString());
        Assert.Contains("--local-committee N", help.Out, StringComparison.Ordinal);
        Assert.Contains("--transaction-size", help.Out, StringComparison.Ordinal);

        var wrong = sandbox.StartScript("run_benchmark_auto.sh", answers: "", "--local-committee");
        await wrong.ExitAsync();
        Assert.Equal(2, wrong.ExitCode);
    }

    [Fact]
    public async Task The_long_run_counts_in_minutes_and_takes_the_benchmarks_options()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartScript("long_run.sh", answers: "", "2", "--loads", "20", "--base-port", "0", "--dry-run");
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 0, runner.ToString());
        Assert.Contains("duration: 120\n", runner.Out, StringComparison.Ordinal);
        Assert.Contains("\nloads: 20\n", runner.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_remote_script_names_the_hosts_that_are_not_set()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartScript("remote_network.sh", answers: "");
        await runner.ExitAsync();
        Assert.Equal(2, runner.ExitCode);
        Assert.Contains("not set: MYSTICETI_NODE0_HOST MYSTICETI_NODE1_HOST MYSTICETI_NODE2_HOST MYSTICETI_NODE3_HOST", runner.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_embedded_network_simulates_the_transactions_that_were_asked_for()
    {
        using var sandbox = new Sandbox();
        var runner = sandbox.StartDialogue("50\n\n100\n\ny\ny\n", "embedded-network", "--base-port", "0");
        await runner.ExitAsync();
        Assert.True(runner.ExitCode == 0, runner.ToString());
        Assert.Contains("Number of transactions to simulate [1000]: Transaction size in bytes [512]: Transaction rate (tx/s) [100]: ", runner.Out, StringComparison.Ordinal);
        Assert.Contains("Successful transactions: 50\n", runner.Out, StringComparison.Ordinal);
        Assert.EndsWith("=== Example completed ===\n", runner.Out, StringComparison.Ordinal);
        await sandbox.NoValidatorIsLeftAsync();
    }
}
