using System.Text.Json;

namespace Mysticeti.EndToEnd.Tests;

public sealed class SideBySideTests
{
    [Fact]
    public async Task Networks_run_side_by_side_and_are_shown_and_stopped_by_name()
    {
        using var sandbox = new Sandbox();
        var first = sandbox.Start("embedded-network", "--base-port", "0");
        await sandbox.ReadyAsync();
        var second = await sandbox.RunAsync("embedded-network", "--base-port", "0", "--detach");
        Assert.True(second.ExitCode == 0, second.ToString());

        var status = await sandbox.RunAsync("network", "status", "--json");
        using (var json = JsonDocument.Parse(status.Out))
        {
            var networks = json.RootElement.EnumerateArray().ToArray();
            Assert.Equal(["embedded", "embedded-2"], networks.Select(network => network.GetProperty("name").GetString()));
            foreach (var node in networks.SelectMany(network => network.GetProperty("nodes").EnumerateArray()))
            {
                Assert.True(node.GetProperty("running").GetBoolean() && node.GetProperty("ready").GetBoolean(), node.GetRawText());
                foreach (var name in (string[])["pid", "round", "commitIndex", "peers"])
                    Assert.True(node.GetProperty(name).ValueKind == JsonValueKind.Number, node.GetRawText());
            }
        }

        var logs = await sandbox.RunAsync("network", "logs", "0", "--name", "embedded-2");
        Assert.True(logs.ExitCode == 0 && logs.Out.Length > 0, logs.ToString());
        Assert.Equal(2, (await sandbox.RunAsync("network", "stop")).ExitCode);
        Assert.Equal(0, (await sandbox.RunAsync("network", "stop", "--name", "embedded-2")).ExitCode);
        Assert.Equal(4, sandbox.Validators().Count);
        Assert.Equal(0, (await sandbox.RunAsync("network", "stop")).ExitCode);
        Assert.Equal(0, await first.ExitAsync());
        await sandbox.NoValidatorIsLeftAsync();
    }
}
