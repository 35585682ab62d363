using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Mysticeti.Topology.Cloud;

namespace Mysticeti.Topology.Tests;

public sealed partial class ComposeFileTests
{
    private static readonly ContainerPlan Default = ContainerPlan.Create("local", 4);

    [Fact]
    public void Every_service_is_confined_bounded_and_published_on_loopback_alone()
    {
        var file = ComposeFile.Render(Default);
        foreach (var line in (string[])["read_only: true", "cap_drop: [ALL]", "security_opt: [\"no-new-privileges:true\"]", "mem_limit: 4096m", "pids_limit: 1024"])
            Assert.Contains($"\n  {line}\n", Section(file, "x-container: &container"), StringComparison.Ordinal);
        Assert.Contains("\n  <<: *container\n", Section(file, "x-validator: &validator"), StringComparison.Ordinal);
        var services = Services(file);
        Assert.Equal(1 + 4 + 2, services.Count);
        Assert.All(services, service => Assert.Contains(service.Name.Contains("node", StringComparison.Ordinal) || service.Name == "mysticeti-init" ? "\n    <<: *validator\n" : "\n    <<: *container\n", service.Text, StringComparison.Ordinal));
        Assert.All(Published().Matches(file), port => Assert.Equal("127.0.0.1", port.Groups[1].Value));
        Assert.Equal(2 * 4 + 2, Ports(file).Distinct().Count());
        Assert.Equal(Ports(file).Distinct(), Ports(file));
    }

    [Fact]
    public void One_service_alone_builds_the_image_where_the_sources_are_and_none_where_there_are_none()
    {
        foreach (var (sources, context) in ((string?, string?)[])[(".", "."), ("/src/my tree", "/src/my tree"), (null, null)])
        {
            var builders = Services(ComposeFile.Render(Default, sources)).Where(service => service.Text.Contains("\n    build:\n", StringComparison.Ordinal)).ToArray();
            Assert.Equal(context is null ? [] : ["mysticeti-init"], builders.Select(service => service.Name));
            Assert.All(builders, service => Assert.Contains($"\n      context: \"{context}\"\n      dockerfile: infra/images/validator/Dockerfile\n", service.Text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_Dockerfile_is_where_it_is_said_to_be_and_starts_from_the_images_that_it_is_said_to()
    {
        var lines = File.ReadAllLines(SourceTree.PathOf(ContainerImages.ValidatorDockerfile)).Select(line => line.TrimEnd()).ToArray();
        var compose = ComposeFile.Render(Default);
        foreach (var (argument, image) in ContainerImages.ValidatorBases)
        {
            Assert.Contains($"ARG {argument}={image}", lines);
            Assert.Contains(lines, line => Regex.IsMatch(line, $"^FROM .*\\$\\{{{argument}\\}}"));
            Assert.Contains($"\n        {argument}: ${{{argument}:-{image}}}\n", compose, StringComparison.Ordinal);
        }

        Assert.All(ContainerImages.ValidatorInputs, path => Assert.True(Path.Exists(SourceTree.PathOf(path)), path));
    }

    [Theory]
    [InlineData("b", 4)]
    [InlineData("node0", 7)]
    [InlineData("init", 13)]
    [InlineData("a-second-network", 200)]
    public void A_network_of_another_name_shares_nothing_with_the_default_one(string name, int committee)
    {
        var other = ComposeFile.Render(ContainerPlan.Create(name, committee, place: NetworkPlace.Of(name)));
        var first = ComposeFile.Render(ContainerPlan.Create("local", 13));
        Assert.Equal(["container", "network", "volume"], Names(other).Select(name => name.Kind).Distinct().Order());
        Assert.Empty(Names(other).Intersect(Names(first)));
        Assert.Empty(Ports(other).Intersect(Ports(first)));
        Assert.Equal(Ports(other).Distinct(), Ports(other));
        Assert.DoesNotContain("172.20.", other, StringComparison.Ordinal);
        Assert.Contains($"--committee {committee} --name {name}\n", other, StringComparison.Ordinal);
        Assert.Contains($"\n  labels: {{mysticeti.network: {name}}}\n", other, StringComparison.Ordinal);
    }

    [Fact]
    public void Places_keep_clear_of_the_default_networks_ports_and_differ_in_addresses_where_they_differ_in_ports()
    {
        Assert.Equal(NetworkPlace.Default, NetworkPlace.Of("local"));
        var places = Enumerable.Range(0, 20_000).Select(i => NetworkPlace.Of($"network-{i}")).ToArray();
        Assert.Equal(places.Length, places.Select(place => place.Prefix).Distinct().Count());
        var distinct = places.Select(place => (place.Subnet, place.BasePort)).Distinct().ToArray();
        Assert.Equal(500, distinct.Length);
        Assert.Equal(500, distinct.Select(place => place.Subnet).Distinct().Count());
        Assert.All(distinct, place => Assert.Matches(@"^198\.1[89]\.[0-9]+\.0/24$", place.Subnet));
        var ports = distinct.Select(place => place.BasePort!.Value).Order().ToArray();
        Assert.All(ports.Zip(ports.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 3 * 10));
        Assert.InRange(ports[0], 1024, ports[^1]);
        Assert.True(PortPlan.ForOneHost(CommitteeSpecification.MaxSize, ports[^1]).All().Max() < PortPlan.DefaultRpc);
    }

    [Theory]
    [InlineData("local", 9091, 3000)]
    [InlineData("b", 14040, 14041)]
    public async Task Monitoring_is_off_by_default_and_brings_its_files_along(string name, int prometheusPort, int grafanaPort)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        var plan = ContainerPlan.Create(name, 4, place: NetworkPlace.Of(name));
        var services = Services(ComposeFile.Render(plan)).Where(service => service.Text.Contains("\n    profiles: [monitoring]\n", StringComparison.Ordinal)).ToArray();
        Assert.Equal([plan.CompanionName("prometheus"), plan.CompanionName("grafana")], services.Select(service => service.Name));
        Assert.Equal([$"127.0.0.1:{prometheusPort}:9090", $"127.0.0.1:{grafanaPort}:3000"], services.Select(service => Published().Match(service.Text).Value.Trim('"')));

        var prometheus = await WrittenByAsync(services[0].Text);
        Assert.Equal(
            MonitoringFiles.PrometheusConfiguration(plan.Nodes.Select(node => (node.Name, $"{node.Host}:26657")), services: false), prometheus["/monitoring/prometheus.yml"]);
        var grafana = await WrittenByAsync(services[1].Text);
        Assert.Equal(MonitoringFiles.GrafanaDatasource($"http://{services[0].Name}:9090"), grafana["/monitoring/datasources/prometheus.yml"]);
        Assert.Equal(MonitoringFiles.GrafanaProvider, grafana["/monitoring/dashboards/mysticeti.yml"]);
        Assert.Equal($"{MonitoringFiles.GrafanaDashboard}\n", grafana["/var/lib/grafana/dashboards/mysticeti.json"]);
    }

    /// <summary>Runs what a service's shell does before it starts the program, below a directory that this test may write to.</summary>
    private static async Task<Dictionary<string, string>> WrittenByAsync(string service)
    {
        using var directory = new ScratchDirectory();
        var script = service[(service.IndexOf("- |\n", StringComparison.Ordinal) + 4)..].Split('\n').Select(line => line.Length > 8 ? line[8..] : "")
            .TakeWhile(line => !line.StartsWith("exec ", StringComparison.Ordinal))
            .Select(line => Paths().Replace(line, $"$1{directory.Path}/").Replace("$$", "$", StringComparison.Ordinal));
        using var shell = Process.Start("sh", ["-ec", string.Join('\n', script)]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
        return Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file[directory.Path.Length..], File.ReadAllText);
    }

    private static List<(string Name, string Text)> Services(string file)
    {
        var services = file[file.IndexOf("\nservices:\n", StringComparison.Ordinal)..file.IndexOf("\nnetworks:\n", StringComparison.Ordinal)];
        return [.. ServiceHead().Split(services).Skip(1).Chunk(2).Select(parts => (parts[0], parts[1]))];
    }

    private static string Section(string file, string head)
    {
        var begin = file.IndexOf($"\n{head}\n", StringComparison.Ordinal);
        return file[begin..file.IndexOf("\n\n", begin, StringComparison.Ordinal)] + "\n";
    }

    private static IEnumerable<int> Ports(string file) => Published().Matches(file).Select(port => int.Parse(port.Groups[2].Value, CultureInfo.InvariantCulture));

    // Of containers, the Docker network and volumes, each kind by itself.
    private static IEnumerable<(string Kind, string Name)> Names(string file) => GivenName().Matches(file).Select(match =>
        (match.Groups[1].Value == "name" ? match.Groups[3].Success ? "network" : "volume" : "container", match.Groups[2].Value));

    [GeneratedRegex(@"\n  (mysticeti-[a-z0-9-]+):(?=\n)")]
    private static partial Regex ServiceHead();

    [GeneratedRegex("\"([0-9.]+):([0-9]+):[0-9]+\"")]
    private static partial Regex Published();

    [GeneratedRegex(@"\n +(container_name|name): (\S+)(\n    driver)?")]
    private static partial Regex GivenName();

    [GeneratedRegex("^(mkdir -p |cat >)/")]
    private static partial Regex Paths();
}
