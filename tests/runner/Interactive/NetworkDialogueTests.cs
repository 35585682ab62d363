using Mysticeti.Engine.Console;
using Mysticeti.Runner.Tests.Cli;

namespace Mysticeti.Runner.Tests.Interactive;

/// <summary>The dialogues of the commands that bring networks up, answered from a script.</summary>
public sealed class NetworkDialogueTests : CommandLineFixture
{
    private string ComposeFile
    {
        get
        {
            File.WriteAllText(Files.File("compose.yml"), "services: {}\n");
            return Files.File("compose.yml");
        }
    }

    [Fact]
    public async Task A_local_network_is_asked_for_checked_summed_up_and_not_started_without_consent()
    {
        Input = $"nowhere.yml\n{ComposeFile}\n0\n2000\n31\n\nfast\n50\n\nperhaps\n\nno\n";
        Assert.Equal(ExitCodes.Done, await RunAsync("local-network", "--interactive"));
        Assert.StartsWith("=== Mysticeti Local Network Example ===\n\nConfigure local network parameters:\n", Out, StringComparison.Ordinal);
        Assert.Contains("Path to docker-compose.yml file [./docker-compose.yml]: Please try again: --docker-compose-path: there is no file 'nowhere.yml'", Out, StringComparison.Ordinal);
        Assert.Contains("Number of transactions to simulate [1000]: Please try again: --num-transactions 0 is not possible", Out, StringComparison.Ordinal);
        Assert.Contains("Transaction size in bytes [512]: Please try again: --transaction-size 31 is not possible", Out, StringComparison.Ordinal);
        Assert.Contains("Transaction rate (tx/s) [100]: Please try again: --transaction-rate fast is not possible", Out, StringComparison.Ordinal);
        Assert.Contains("Clean up containers after completion [Y/n]: Please answer y or n.", Out, StringComparison.Ordinal);
        Assert.EndsWith(
            $"""
            Configuration Summary:
            =====================
            Docker-compose path: {ComposeFile}
            Number of transactions: 2000
            Transaction size: 512 bytes
            Transaction rate: 50 tx/s
            Startup wait: 30 seconds
            Cleanup: true

            Proceed with these settings? [Y/n]: Cancelled; nothing was started.

            """.ReplaceLineEndings("\n"), Out, StringComparison.Ordinal);
        Assert.Empty(Error);
        Assert.False(Directory.Exists(NetworksDirectory));
    }

    [Fact]
    public async Task What_the_command_line_says_is_the_default()
    {
        Input = "\n\n\n\n\n\nn\n";
        Assert.Equal(ExitCodes.Done, await RunAsync(
            "local-network", "--interactive", "--docker-compose-path", ComposeFile, "--num-transactions", "7", "--transaction-size", "uniform:200-1000", "--cleanup=false"));
        Assert.Contains("Number of transactions: 7\nTransaction size: uniform:200-1000 bytes\n", Out, StringComparison.Ordinal);
        Assert.Contains("Cleanup: false\n", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_network_may_get_no_transactions_and_says_with_consent_which_hosts_it_lacks()
    {
        Input = "0\n\n\n\nn\n\n";
        Assert.Equal(ExitCodes.Usage, await RunAsync("remote-network", "--interactive"));
        Assert.StartsWith("=== Mysticeti Remote Network Example ===\n", Out, StringComparison.Ordinal);
        Assert.Contains("Number of transactions: 0\n", Out, StringComparison.Ordinal);
        Assert.EndsWith("Proceed with these settings? [Y/n]: ", Out, StringComparison.Ordinal);
        Assert.Contains("MYSTICETI_NODE0_HOST", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("local-network", "")]
    [InlineData("remote-network", "5\n")]
    [InlineData("embedded-network", "5\n\n")]
    public async Task Input_that_ends_early_starts_nothing(string command, string input)
    {
        Input = input;
        Assert.Equal(ExitCodes.Usage, await RunAsync(command, "--interactive"));
        Assert.Contains("the input ended before the last answer; nothing was started", Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(NetworksDirectory));
    }
}
