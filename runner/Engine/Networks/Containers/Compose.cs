using System.Globalization;
using Mysticeti.Topology;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>One compose file and the program that carries it out: Compose v2 (<c>docker compose</c>) or v1 (<c>docker-compose</c>, from 1.29).</summary>
internal sealed class Compose
{
    private const int StopGraceSeconds = 10;

    private readonly string _program;
    private readonly string[] _prefix;
    private readonly string _flags;

    private Compose(string path, string program, string[] prefix, string flags) => (Path, _program, _prefix, _flags) = (path, program, prefix, flags);

    /// <summary>Absolute path of the compose file.</summary>
    public string Path { get; }

    /// <summary>Finds the program. The file need not exist yet.</summary>
    /// <param name="flags">Further options of validators, for files that take them (<see cref="ComposeFile.FlagsVariable"/>).</param>
    /// <exception cref="NetworkException">There is neither of the two.</exception>
    public static async Task<Compose> FindAsync(string path, CancellationToken cancellationToken, string flags = "")
    {
        foreach (var (program, prefix) in ((string, string[])[])[("docker", ["compose"]), ("docker-compose", [])])
        {
            if (await Tool.TryRunAsync(program, [.. prefix, "version", "--short"], cancellationToken) is { Succeeded: true })
                return new Compose(System.IO.Path.GetFullPath(path), program, prefix, flags);
        }

        throw new NetworkException("a compose file needs Docker Compose, and there is none here; install the Compose plugin (Debian: docker-compose; others: https://docs.docker.com/compose/install)");
    }

    /// <summary>The services that publish a container port, with their images: what the file asks for, variables put in and checked by Compose.</summary>
    /// <exception cref="NetworkException">The file is wrong.</exception>
    public async Task<IReadOnlyList<ComposeService>> ServicesAsync(CancellationToken cancellationToken)
    {
        var config = await RunAsync(["config"], cancellationToken);
        try
        {
            return ComposeService.ReadAll(config.Output);
        }
        catch (YamlException error)
        {
            throw new NetworkException($"'{Path}' cannot be understood: {error.Message}", error);
        }
    }

    /// <summary>Creates and starts what is not up.</summary>
    public Task UpAsync(CancellationToken cancellationToken) => RunAsync(["up", "--detach", "--no-build"], cancellationToken);

    /// <summary>Ids of the file's containers, stopped ones too.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync(CancellationToken cancellationToken) =>
        (await RunAsync(_prefix.Length > 0 ? ["ps", "--all", "--quiet"] : ["ps", "--quiet"], cancellationToken)).OutputLines;

    /// <summary>Stops the containers and leaves them.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => RunAsync(["stop", "--timeout", Grace], cancellationToken);

    /// <summary>Stops and removes the containers and their network.</summary>
    /// <param name="volumes">Remove the volumes that the file names, too. External ones, and those of anybody else, are never touched.</param>
    public Task DownAsync(bool volumes, CancellationToken cancellationToken) =>
        RunAsync(["down", "--timeout", Grace, .. volumes ? (string[])["--volumes"] : []], cancellationToken);

    private static string Grace => StopGraceSeconds.ToString(CultureInfo.InvariantCulture);

    private async Task<ToolResult> RunAsync(string[] command, CancellationToken cancellationToken)
    {
        // Set in any case: what the user's own environment has under that name is not ours to pass on.
        var result = (await Tool.TryRunAsync(
            _program, [.. _prefix, "--file", Path, .. command], cancellationToken, System.IO.Path.GetDirectoryName(Path), (ComposeFile.FlagsVariable, _flags)))!;
        if (result.Succeeded) return result;
        var reason = Values(result.Error);
        throw new NetworkException($"compose {command[0]} failed for '{Path}': {reason}");
    }

    // Compose ends with a summary; what went wrong stands in the lines that say so.
    private static string Values(string error)
    {
        var lines = error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var telling = lines.Where(line => line.Contains("error", StringComparison.OrdinalIgnoreCase) || line.Contains("conflict", StringComparison.OrdinalIgnoreCase)).ToArray();
        return string.Join(" | ", telling.Length > 0 ? telling.Distinct().Take(2) : lines.TakeLast(1));
    }
}

/// <summary>A service of a compose file.</summary>
/// <param name="ContainerPorts">The container's ports that are published on this machine.</param>
internal sealed record ComposeService(string Name, string Image, IReadOnlyList<int> ContainerPorts)
{
    /// <summary>Reads what <c>config</c> prints: ports as words from v1, as mappings from v2.</summary>
    public static IReadOnlyList<ComposeService> ReadAll(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents is [{ RootNode: YamlMappingNode root }] && Child(root, "services") is YamlMappingNode services
            ? [.. services.Children.Select(service => Service(((YamlScalarNode)service.Key).Value!, service.Value as YamlMappingNode))]
            : [];
    }

    private static ComposeService Service(string name, YamlMappingNode? service) => new(
        name,
        Text(service, "image") ?? "",
        Child(service, "ports") is YamlSequenceNode ports ? [.. ports.Select(Port).Where(port => port > 0)] : []);

    private static int Port(YamlNode port)
    {
        var text = port is YamlMappingNode mapping ? Text(mapping, "target") : (port as YamlScalarNode)?.Value?.Split('/')[0].Split(':')[^1];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static YamlNode? Child(YamlMappingNode? node, string name) => node is not null && node.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null;

    private static string? Text(YamlMappingNode? node, string name) => (Child(node, name) as YamlScalarNode)?.Value;
}
