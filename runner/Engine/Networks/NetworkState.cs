using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mysticeti.Engine.Networks;

/// <summary>What the state file of an embedded network says: which processes it is made of and where they are reached.</summary>
internal sealed record NetworkState
{
    public required string Name { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Whether the validators outlive the command that started them.</summary>
    public required bool Detached { get; init; }

    /// <summary>Somebody is stopping the network: nodes that end are no failures.</summary>
    public bool Stopping { get; init; }

    /// <summary>The command that started it.</summary>
    public required ProcessIdentity Runner { get; init; }

    /// <summary>Empty while the network is being prepared.</summary>
    public ImmutableArray<NodeState> Nodes { get; init; } = [];

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether any process of it still runs: the nodes', or before there are nodes the one that prepares them.</summary>
    public bool IsAlive() => Nodes.IsDefaultOrEmpty ? Runner.IsAlive() : Nodes.Any(node => node.Process.IsAlive());

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    /// <summary>Null where the text is no state.</summary>
    public static NetworkState? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<NetworkState>(json, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="RpcUrl">Where its JSON-RPC is.</param>
/// <param name="Log">Path of its log.</param>
internal sealed record NodeState(int Index, string Name, ProcessIdentity Process, Uri RpcUrl, string Log);
