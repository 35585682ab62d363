namespace Mysticeti.Topology.Tests;

public sealed class ContainerPlanTests
{
    [Fact]
    public void Addresses_names_and_ports_are_those_that_users_know()
    {
        var plan = ContainerPlan.Create("local", 5);
        Assert.Equal(["172.20.0.10", "172.20.0.11", "172.20.0.12", "172.20.0.13", "172.20.0.14"], plan.Nodes.Select(node => node.Host));
        Assert.All(plan.Nodes, node => Assert.Equal((26657, 26670, 26700), (node.RpcPort, node.AbciPort, node.PeerPort)));
        var outputs = plan.Outputs();
        Assert.Equal(("mysticeti-node4", "http://127.0.0.1:26661", "tcp://127.0.0.1:26674"), (outputs.Nodes[4].Container, outputs.Nodes[4].RpcUrl.OriginalString, outputs.Nodes[4].AbciAddress));
        Assert.Equal("172.20.0.10:26700,172.20.0.11:26700,172.20.0.12:26700,172.20.0.13:26700,172.20.0.14:26700", plan.GenesisArguments[^1]);
    }

    [Theory]
    [InlineData("172.20.0.0/28", "is too small")]
    [InlineData("172.20.0.5/16", "is no IPv4 network")]
    [InlineData("::/64", "is no IPv4 network")]
    [InlineData("here", "is no IPv4 network")]
    public void A_subnet_that_will_not_do_is_named(string subnet, string expected)
    {
        var error = Assert.Throws<TopologyException>(() => ContainerPlan.Create("local", 7, subnet: subnet));
        Assert.Contains(subnet, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_compose_file_at_the_top_is_the_one_that_the_plan_gives()
    {
        var committed = InTree("docker-compose.yml").ReplaceLineEndings("\n");
        Assert.True(committed == ComposeFile.Render(ContainerPlan.Create("local", 4)), "write it again: ./mysticeti network compose > docker-compose.yml");
    }

    [Fact]
    public void Validators_take_further_options_from_the_environment_and_can_be_made_to_misbehave_only_so()
    {
        var file = ComposeFile.Render(ContainerPlan.Create("local", 4));
        Assert.Equal(4, file.Split('\n').Count(line => line.EndsWith(" --bind 0.0.0.0 ${MYSTICETI_FLAGS:-}\"", StringComparison.Ordinal)));
        Assert.DoesNotContain("fault-injection", file, StringComparison.Ordinal);
    }

    [Fact]
    public void A_validator_sees_its_own_key_only_and_has_no_rights()
    {
        var file = ComposeFile.Render(ContainerPlan.Create("local", 4));
        var service = file[file.IndexOf("  mysticeti-node2:", StringComparison.Ordinal)..file.IndexOf("  mysticeti-node3:", StringComparison.Ordinal)];
        Assert.Contains("\"genesis:/network:ro\"", service, StringComparison.Ordinal);
        Assert.Contains("\"node2:/network/node2\"", service, StringComparison.Ordinal);
        Assert.DoesNotContain("node1:", service, StringComparison.Ordinal);
        Assert.Contains("cap_drop: [ALL]", file, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_given_to_the_user_that_the_image_runs_as()
    {
        Assert.Contains(InTree(ContainerImages.ValidatorDockerfile).Split('\n'), line => line.TrimEnd() == $"USER {ContainerImages.ValidatorUser}");
        Assert.EndsWith($" && chown -R {ContainerImages.ValidatorUser} /network", ContainerPlan.Create("local", 4).InitScript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_stand_in_the_compose_file_and_come_out_of_it_as_they_were()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        using var directory = new ScratchDirectory();
        await File.WriteAllTextAsync(directory["given.json"], """{ "mempoolTransactions": 7, "note": "it's $5 \\ %s" }""", TestContext.Current.CancellationToken);
        var parameters = ParametersFile.Load(directory["given.json"]);
        var plan = ContainerPlan.Create(new CommitteeSpecification { Name = "local", Size = 4, Parameters = parameters }.DealtTo(["us-east-1", "eu-west-1"]));
        Assert.All(plan.Nodes, node => Assert.Equal("/network/parameters.json", node.Option("--parameters")));
        Assert.Equal("us-east-1,eu-west-1,us-east-1,eu-west-1", plan.GenesisArguments[plan.GenesisArguments.IndexOf("--regions") + 1]);
        Assert.DoesNotContain("--regions", ContainerPlan.Create("local", 4).GenesisArguments);

        // The step that writes them, out of the file as YAML and Compose read it, where this test may write.
        var line = ComposeFile.Render(plan).Split('\n').Single(line => line.Contains("chown", StringComparison.Ordinal)).Trim(' ', '-');
        var command = System.Text.Json.JsonSerializer.Deserialize<string>(line)!.Replace("$$", "$", StringComparison.Ordinal);
        var step = command.Split(" && ")[1].Replace("/network/", $"{directory.Path}/", StringComparison.Ordinal);
        using var shell = System.Diagnostics.Process.Start("sh", ["-c", step]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(parameters.ToString(), ParametersFile.Load(directory["parameters.json"]).ToString());
    }

    [Fact]
    public async Task What_another_committee_stored_goes_and_what_the_same_one_stored_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        using var directory = new ScratchDirectory();
        Directory.CreateDirectory(directory["node0"]);
        await File.WriteAllTextAsync(directory["node0/key.json"], "key", TestContext.Current.CancellationToken);
        foreach (var (genesis, stays) in ((string, bool)[])[("first", true), ("first", true), ("second", false), ("second", true)])
        {
            await File.WriteAllTextAsync(directory["genesis.json"], genesis, TestContext.Current.CancellationToken);
            Directory.CreateDirectory(directory["node0/blocks"]);
            await File.WriteAllTextAsync(directory["node0/blocks/1"], "", TestContext.Current.CancellationToken);
            // All but the last command, for which one must be root.
            var script = ContainerPlan.ReceiveScript[..ContainerPlan.ReceiveScript.LastIndexOf(" && ", StringComparison.Ordinal)].Replace("/network", directory.Path, StringComparison.Ordinal);
            using var shell = System.Diagnostics.Process.Start("sh", ["-c", script]);
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0, stays, true), (shell.ExitCode, File.Exists(directory["node0/blocks/1"]), File.Exists(directory["node0/key.json"])));
        }
    }

    private static string InTree(string path) => File.ReadAllText(SourceTree.PathOf(path));
}
