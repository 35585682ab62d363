using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;

namespace Mysticeti.Engine.Networks.Containers;

/// <summary>A container as the engine describes it.</summary>
/// <param name="Status">created, running, paused, restarting, exited or dead.</param>
/// <param name="Image">The image's name.</param>
/// <param name="PublishedPorts">Ports of this machine by the container's own TCP ports.</param>
internal sealed record ContainerInfo(
    string Id, string Name, string Status, int ExitCode, string Image, ImmutableDictionary<string, string> Labels, ImmutableDictionary<int, HostBinding> PublishedPorts)
{
    public bool IsUp => Status is "running" or "paused" or "restarting";
}

/// <param name="Address">The local address it is published on.</param>
internal readonly record struct HostBinding(string Address, int Port);

/// <summary>The Docker engine, through its own client: whatever context, socket or remote host that is set up for holds here, too.</summary>
internal static class DockerEngine
{
    private const string Program = "docker";

    /// <summary>Runs one command of the client.</summary>
    /// <exception cref="NetworkException">There is no client, no engine, or the command failed.</exception>
    public static async Task<ToolResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var words = arguments.ToArray();
        var result = await Tool.TryRunAsync(Program, words, cancellationToken)
            ?? throw new NetworkException("containers need Docker, and there is no docker here; install Docker Engine (https://docs.docker.com/engine/install)");
        return result.Succeeded ? result : throw new NetworkException(Explain(words, result));
    }

    /// <summary>The containers of that id or name, in the order asked for; those that are gone are left out.</summary>
    public static async Task<IReadOnlyList<ContainerInfo>> InspectAsync(IReadOnlyCollection<string> containers, CancellationToken cancellationToken)
    {
        if (containers.Count == 0) return [];
        var result = await Tool.TryRunAsync(Program, ["container", "inspect", .. containers], cancellationToken) ?? throw new NetworkException("there is no docker here");
        if (!result.Succeeded && !result.Error.Contains("No such", StringComparison.OrdinalIgnoreCase)) throw new NetworkException(Explain(["container", "inspect"], result));
        using var json = JsonDocument.Parse(result.Output);
        return [.. json.RootElement.EnumerateArray().Select(Container)];
    }

    /// <summary>The value of an image's label; null where there is no such image or label.</summary>
    public static Task<string?> ImageLabelAsync(string image, string label, CancellationToken cancellationToken) =>
        ImageFieldAsync(image, $"{{{{index .Config.Labels \"{label}\"}}}}", cancellationToken);

    /// <summary>An image's id; null where there is no such image.</summary>
    public static Task<string?> ImageIdAsync(string image, CancellationToken cancellationToken) => ImageFieldAsync(image, "{{.Id}}", cancellationToken);

    /// <summary>The last lines that a container wrote, both streams in one.</summary>
    public static async Task<IReadOnlyList<string>> LastLinesAsync(string container, int lines, CancellationToken cancellationToken)
    {
        var result = await Tool.TryRunAsync(Program, ["logs", "--tail", $"{lines}", container], cancellationToken);
        return result is null ? [] : [.. result.OutputLines, .. new ToolResult(0, result.Error, "").OutputLines];
    }

    /// <summary>Where the engine listens that the client speaks to, for example <c>unix:///var/run/docker.sock</c>; null: it does not tell.</summary>
    public static async Task<string?> AddressAsync(CancellationToken cancellationToken)
    {
        var result = await Tool.TryRunAsync(Program, ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], cancellationToken);
        return result is { Succeeded: true, OutputLines: [var address, ..] } ? address : null;
    }

    /// <summary>Starts the client and leaves it running: for events and logs that are followed.</summary>
    public static Process Follow(params string[] arguments) =>
        Programs.Start(new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });

    private static async Task<string?> ImageFieldAsync(string image, string format, CancellationToken cancellationToken)
    {
        var result = await Tool.TryRunAsync(Program, ["image", "inspect", "--format", format, image], cancellationToken);
        return result is { Succeeded: true } && result.Output.Trim() is { Length: > 0 } value ? value : null;
    }

    private static string Explain(string[] words, ToolResult result) =>
        result.Error.Contains("Cannot connect to the Docker daemon", StringComparison.OrdinalIgnoreCase)
            ? "the Docker engine does not run; start it (systemctl start docker, or Docker Desktop)"
            : result.Error.Contains("permission denied", StringComparison.OrdinalIgnoreCase)
                ? "you may not use the Docker engine; join its group (usermod -aG docker $USER) and log in again"
                : $"docker {words[0]} failed: {result.Reason}";

    private static ContainerInfo Container(JsonElement json)
    {
        var state = json.GetProperty("State");
        var config = json.GetProperty("Config");
        var ports = ImmutableDictionary.CreateBuilder<int, HostBinding>();
        if (json.GetProperty("NetworkSettings").TryGetProperty("Ports", out var published) && published.ValueKind == JsonValueKind.Object)
        {
            foreach (var port in published.EnumerateObject().Where(port => port.Name.EndsWith("/tcp", StringComparison.Ordinal) && port.Value.ValueKind == JsonValueKind.Array))
            {
                if (port.Value.EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } binding) continue;
                ports[Number(port.Name[..^4])] = new HostBinding(binding.GetProperty("HostIp").GetString()!, Number(binding.GetProperty("HostPort").GetString()!));
            }
        }

        return new ContainerInfo(
            json.GetProperty("Id").GetString()!,
            json.GetProperty("Name").GetString()!.TrimStart('/'),
            state.GetProperty("Status").GetString()!,
            state.GetProperty("ExitCode").GetInt32(),
            config.GetProperty("Image").GetString()!,
            Labels(config),
            ports.ToImmutable());
    }

    private static ImmutableDictionary<string, string> Labels(JsonElement config) =>
        config.TryGetProperty("Labels", out var labels) && labels.ValueKind == JsonValueKind.Object
            ? labels.EnumerateObject().ToImmutableDictionary(label => label.Name, label => label.Value.GetString() ?? "")
            : ImmutableDictionary<string, string>.Empty;

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
