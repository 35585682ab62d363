using System.Text.Json;
using System.Text.Json.Serialization;
using Mysticeti.Consensus.Core;
using Mysticeti.Protocol.Trace;
using Mysticeti.Validator.Contract;
using Mysticeti.Validator.Emulation;

namespace Mysticeti.Validator.Node;

/// <summary>Local settings of a validator, from the file given as <c>--parameters</c>. Validators may differ in them.</summary>
/// <remarks>Settable, not init-only: the JSON source generator would overwrite the defaults of init-only properties that a file leaves out.</remarks>
internal sealed record NodeParameters
{
    /// <summary>Most transactions in the mempool.</summary>
    public int MempoolTransactions { get; set; } = 100_000;

    /// <summary>Most bytes in the mempool.</summary>
    public long MempoolBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Bytes of committed blocks that stay in memory; peers that ask for older ones get them from the block log.</summary>
    public long ResidentBlockBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>First leader time-out in milliseconds.</summary>
    public int LeaderTimeoutMs { get; set; } = 250;

    /// <summary>Cap of the leader time-out in milliseconds.</summary>
    public int LeaderTimeoutCapMs { get; set; } = 2_000;

    /// <summary>Milliseconds after which a missing block is asked for again.</summary>
    public int FetchTimeoutMs { get; set; } = 250;

    /// <summary>Whether <c>GET /v1/trace</c> tells what happens in the validator.</summary>
    public bool Trace { get; set; } = true;

    /// <summary>Entries of the trace that are retained.</summary>
    public int TraceEntries { get; set; } = 65_536;

    /// <summary>Share of the transactions that are traced, from 0 to 1; null for one in a hundred, and fewer where that were more than a hundred a second.</summary>
    public double? TraceSampleRate { get; set; }

    /// <summary>A wide-area network to emulate; null for none.</summary>
    public WanParameters? Wan { get; set; }

    /// <summary>Reads a JSON file; unknown names are refused.</summary>
    /// <exception cref="ParametersException">The file cannot be read or a value is wrong.</exception>
    public static NodeParameters Load(string path)
    {
        try
        {
            var parameters = JsonSerializer.Deserialize(File.ReadAllBytes(path), NodeParametersJson.Default.NodeParameters)
                ?? throw new JsonException("the file holds null");
            return parameters.Validated(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ParametersException($"cannot read parameters file '{path}': {error.Message}");
        }
    }

    public CoreOptions ToCoreOptions() => new()
    {
        LeaderTimeout = TimeSpan.FromMilliseconds(LeaderTimeoutMs),
        LeaderTimeoutCap = TimeSpan.FromMilliseconds(LeaderTimeoutCapMs),
        FetchTimeout = TimeSpan.FromMilliseconds(FetchTimeoutMs),
    };

    public TransactionSampler ToSampler(TimeProvider time) => TraceSampleRate is { } rate ? new TransactionSampler(rate) : TransactionSampler.Default(time);

    private NodeParameters Validated(string path)
    {
        Require(MempoolTransactions is >= 1 and <= 10_000_000, "mempoolTransactions must be from 1 to 10,000,000");
        Require(MempoolBytes is >= 1024 and <= 16L << 30, "mempoolBytes must be from 1 KiB to 16 GiB");
        Require(ResidentBlockBytes is >= 0 and <= 16L << 30, "residentBlockBytes must be from 0 to 16 GiB");
        Require(LeaderTimeoutMs is >= 1 and <= 60_000, "leaderTimeoutMs must be from 1 to 60,000");
        Require(LeaderTimeoutCapMs >= LeaderTimeoutMs && LeaderTimeoutCapMs <= 600_000, "leaderTimeoutCapMs must be from leaderTimeoutMs to 600,000");
        Require(FetchTimeoutMs is >= 1 and <= 60_000, "fetchTimeoutMs must be from 1 to 60,000");
        Require(TraceEntries is >= 1 and <= 10_000_000, "traceEntries must be from 1 to 10,000,000");
        Require(TraceSampleRate is null or (>= 0 and <= 1), "traceSampleRate must be from 0 to 1");
        if (Wan?.Broken() is { } broken) Require(false, broken);
        return this;

        void Require(bool holds, string rule)
        {
            if (!holds) throw new ParametersException($"parameters file '{path}': {rule}");
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(NodeParameters))]
internal sealed partial class NodeParametersJson : JsonSerializerContext;
