using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli;
using Mysticeti.Runner.Cli.Options;
using Mysticeti.Topology.Cloud;

namespace Mysticeti.Platform.Tests;

/// <summary>The files of <c>infra/load-tests-cluster</c> say what <c>serve</c> takes, on the seed's ports.</summary>
public sealed partial class ComposeTests
{
    private static readonly string Cluster = SourceTree.PathOf("infra", "load-tests-cluster");

    private static readonly Dictionary<string, (string Service, int Port)> Services = new()
    {
        ["log-fetcher"] = ("log-fetcher", 4000), ["log-api"] = ("log-api", 9080), ["experiments-api"] = ("experiments-api", 3003),
        ["in-memory-uptime-backend"] = ("uptime-backend", 8080), ["orchestrator-as-service"] = ("orchestrator", 9090), ["dashboard"] = ("dashboard", 4200),
    };

    [Fact]
    public void The_stack_local_starts_the_same_services_on_the_same_ports()
    {
        Assert.Equal(Services.Values.ToDictionary(), ServicePlan.Ports);
        var arguments = CommandLine.Root(Shell.OfProcess()).Parse(ServicePlan.Arguments);
        Assert.Empty(arguments.Errors);
        Assert.Equal("serve", arguments.CommandResult.Command.Name);
    }

    [Fact]
    public void Every_container_runs_its_service_on_the_seeds_port_published_on_loopback()
    {
        var text = File.ReadAllText(Path.Combine(Cluster, "docker-compose.yml"));
        foreach (var (name, (service, port)) in Services)
        {
            var section = Regex.Match(text, $@"^  {name}:\n((?:    .*\n)+)", RegexOptions.Multiline).Groups[1].Value;
            var words = JsonSerializer.Deserialize<string[]>(CommandLineOf().Match(section).Groups[1].Value)!;
            var arguments = CommandLine.Root(Shell.OfProcess()).Parse(words);
            Assert.Empty(arguments.Errors);
            Assert.Equal(["serve", "--service", service], words[..3]);
            Assert.Contains("--published-on-loopback", words);
            Assert.Contains($"ports: [\"127.0.0.1:{port}:{port}\"]", section, StringComparison.Ordinal);
        }

        Assert.Equal(PlatformSettings.ServiceNames.Order(), Services.Values.Select(service => service.Service).Order());
        Assert.All(Ports().Matches(text).Select(match => match.Value), port => Assert.StartsWith("ports: [\"127.0.0.1:", port, StringComparison.Ordinal));
    }

    [Fact]
    public void Configuration_files_are_what_serve_takes()
    {
        Assert.Equal("/network/outputs.json", ServeConfig.Load(Path.Combine(Cluster, "orchestrator-as-service", "config.json")).Outputs);
        Assert.Equal("/network/genesis.json", ServeConfig.Load(Path.Combine(Cluster, "uptime-backend", "config.json")).Genesis);
        var text = File.ReadAllText(Path.Combine(Cluster, "docker-compose.yml"));
        var used = Variables().Matches(text).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        var named = File.ReadAllLines(Path.Combine(Cluster, ".env.example")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal);
        Assert.Equal(named, used);
    }

    [Fact]
    public void What_is_made_in_the_database_at_first_is_loaded_by_its_server()
    {
        var sql = string.Concat(Directory.EnumerateFiles(Path.Combine(Cluster, "init-sql")).Select(File.ReadAllText));
        Assert.Contains("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", sql, StringComparison.Ordinal);
        Assert.Contains("shared_preload_libraries=pg_stat_statements", File.ReadAllText(Path.Combine(Cluster, "docker-compose.yml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_takes_the_file()
    {
        var start = new ProcessStartInfo("docker-compose", ["--env-file", ".env.example", "config", "-q"]) { WorkingDirectory = Cluster, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
        }
        catch (Win32Exception)
        {
            TestTools.Missing("docker-compose is not installed");
        }
    }

    [GeneratedRegex(@"command: (\[.*\])")]
    private static partial Regex CommandLineOf();

    [GeneratedRegex(@"ports: .*")]
    private static partial Regex Ports();

    [GeneratedRegex(@"(?<!\$)\$\{([A-Z_]+)")]
    private static partial Regex Variables();
}
