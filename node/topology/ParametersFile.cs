using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mysticeti.Topology.Regions;

namespace Mysticeti.Topology;

/// <summary>
/// The file of local parameters that every validator of a network is started with (<c>--parameters</c>). What may stand in it the
/// validator knows; here it is carried, and emulation of a wide-area network switched on.
/// </summary>
public sealed class ParametersFile
{
    /// <summary>The file's name in a network's directory.</summary>
    public const string FileName = "parameters.json";

    private const string Wan = "wan";
    private static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true, NewLine = "\n" };

    private readonly JsonObject _root;

    private ParametersFile(JsonObject root) => _root = root;

    /// <summary>Every parameter has its default.</summary>
    public static ParametersFile Defaults { get; } = new([]);

    /// <summary>Whether the validators emulate a wide-area network between their regions.</summary>
    public bool EmulatesWan => _root[Wan] is not null;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TopologyException">It cannot be read, or holds no JSON object.</exception>
    public static ParametersFile Load(string path)
    {
        try
        {
            return JsonNode.Parse(TextFile.Read(path, "parameters file"), documentOptions: Reading) is JsonObject root
                ? new ParametersFile(root)
                : throw new TopologyException($"parameters file '{path}' holds no JSON object");
        }
        catch (JsonException error)
        {
            throw new TopologyException($"parameters file '{path}' is not JSON: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>The same with a wide-area network emulated between these regions, by the built-in matrix where the file says nothing.</summary>
    /// <exception cref="TopologyException">A region is neither in the file nor in the matrix.</exception>
    public ParametersFile Between(ImmutableArray<string> regions)
    {
        var copy = (JsonObject)_root.DeepClone();
        if (copy[Wan] is null) copy[Wan] = new JsonObject();
        var given = (copy[Wan] as JsonObject)?["roundTripMs"] as JsonObject ?? [];
        var known = given.SelectMany(row => (row.Value as JsonObject ?? []).Select(cell => cell.Key).Append(row.Key)).Concat(LatencyMatrix.Aws.Regions).ToHashSet(StringComparer.Ordinal);
        var unknown = regions.FirstOrDefault(region => !known.Contains(region));
        return unknown is null
            ? new ParametersFile(copy)
            : throw new TopologyException($"region '{unknown}' is not known; give its round trips in wan.roundTripMs of a parameters file, or use one of {string.Join(", ", LatencyMatrix.Aws.Regions)}");
    }

    /// <summary>What the file holds.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{_root.ToJsonString(Writing)}\n");

    /// <summary>The same on one line.</summary>
    public override string ToString() => _root.ToJsonString();
}
