using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Platform.Database;
using Mysticeti.Topology;

namespace Mysticeti.Platform.Orchestrator;

/// <summary>Reads <c>experiment_setup</c>.</summary>
internal sealed class SetupReader
{
    private const double LongestMinutes = 7 * 24 * 60;
    private const long LargestSeed = (1L << 53) - 1;
    private const int DefaultCommittee = 4;

    // Fields of the seed's own system, which has accounts and fees.
    private static readonly string[] NotApplicable = ["priv_keys", "payment_receiver"];

    private readonly JsonElement _json;
    private readonly FieldReader _fields;

    private SetupReader(JsonElement json) => (_json, _fields) = (json, new FieldReader(json, "", Errors));

    /// <summary>What is wrong; empty: nothing.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>What is taken, but does not do what one might think.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Reads a setup; it holds what could be read where there are errors.</summary>
    public static (ExperimentSetup Setup, SetupReader Reader) Read(JsonElement json)
    {
        var reader = new SetupReader(json);
        var setup = reader.ReadFields();
        reader.Check(setup);
        return (reader.HasSeed ? setup : setup with { Seed = SeedOf(setup) }, reader);
    }

    private bool HasSeed => _json.TryGetProperty("seed", out var seed) && seed.ValueKind != JsonValueKind.Null;

    private ExperimentSetup ReadFields()
    {
        var defaults = new ExperimentSetup { ExperimentName = "" };
        var setup = new ExperimentSetup
        {
            ExperimentName = Name(),
            Description = _fields.Text("description", 1_000),
            BaseTps = _fields.Number("base_tps", defaults.BaseTps, 1, 1_000_000),
            StressTps = _fields.Number("stress_tps", defaults.StressTps, 1, 1_000_000),
            Rounds = _fields.Whole("rounds", defaults.Rounds, 1, 1_000),
            RoundDurationMin = _fields.Number("round_duration_min", defaults.RoundDurationMin, 0.01, LongestMinutes),
            PauseMin = _fields.Number("pause_min", defaults.PauseMin, 0, LongestMinutes),
            LargePauseMin = _fields.Number("large_pause_min", defaults.LargePauseMin, 0, LongestMinutes),
            LargePauseEveryNRounds = _fields.Whole("large_pause_every_n_rounds", defaults.LargePauseEveryNRounds, 1, 1_000),
            StopsPerRound = _fields.Whole("stops_per_round", defaults.StopsPerRound, 0, 100),
            MinStopRatio = _fields.Number("min_stop_ratio", defaults.MinStopRatio, 0, 1),
            MaxStopRatio = _fields.Number("max_stop_ratio", defaults.MaxStopRatio, 0, 1),
            StopCleanRatio = _fields.Number("stop_clean_ratio", defaults.StopCleanRatio, 0, 1),
            RotationRatio = _fields.Number("rotation_ratio", defaults.RotationRatio, 0, 1),
            SenderRatio = _fields.Number("sender_ratio", defaults.SenderRatio, 0, 1),
            TxSizeBytes = _fields.Whole("tx_size_bytes", defaults.TxSizeBytes, 32, 1024 * 1024),
            Arrival = _fields.Text("arrival", 20) switch { null or "constant" => Arrival.Constant, "poisson" => Arrival.Poisson, _ => _fields.Wrong("arrival", "must be constant or poisson", Arrival.Constant) },
            Seed = _fields.WholeLong("seed", 0, LargestSeed) ?? 0,
            WarmupSec = _fields.Number("warmup_sec", defaults.WarmupSec, 0, 3_600),
            DrainTimeoutSec = _fields.Number("drain_timeout_sec", defaults.DrainTimeoutSec, 0, 600),
            DeploymentId = _fields.WholeLong("deployment_id", 1, long.MaxValue),
            Network = Network(),
            AllowQuorumLoss = _fields.Flag("allow_quorum_loss"),
        };
        _fields.RefuseOthers(NotApplicable);
        foreach (var field in NotApplicable.Where(field => _json.TryGetProperty(field, out _)))
            Warnings.Add($"{field} is not applicable: transactions here have no accounts");
        return setup;
    }

    private void Check(ExperimentSetup setup)
    {
        if (setup.BaseTps > setup.StressTps) Errors.Add("base_tps must not be above stress_tps");
        if (setup.MinStopRatio > setup.MaxStopRatio) Errors.Add("min_stop_ratio must not be above max_stop_ratio");
        if (setup.SenderRatio <= 0) Errors.Add("sender_ratio must be above 0: somebody has to receive the load");
        if (setup.StopsPerRound > 0 && setup.StopCleanRatio > 0)
            Warnings.Add("stop_clean_ratio is not applicable: a validator that lost its storage would equivocate; stopped ones keep theirs");
        if (Errors.Count > 0) return;
        try
        {
            Schedule.CheckSize((int)Math.Ceiling(setup.StressTps), TimeSpan.FromSeconds(setup.WarmupSec), TimeSpan.FromMinutes(setup.RoundDurationMin));
        }
        catch (UsageException error)
        {
            Errors.Add(error.Message);
        }
    }

    private string Name()
    {
        if (_fields.Value("experiment_name") is null) return _fields.Wrong("experiment_name", "is missing", "");
        if (_fields.Text("experiment_name", 50) is not { } name) return "";
        if (name.Length == 0) return _fields.Wrong("experiment_name", "is empty", "");
        return name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "/\\:*?\"<>|".Contains(c, StringComparison.Ordinal))
            ? _fields.Wrong("experiment_name", "must not have spaces or any of / \\ : * ? \" < > |", "")
            : name;
    }

    private ExperimentNetwork? Network()
    {
        if (_fields.Value("network") is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) return _fields.Wrong<ExperimentNetwork?>("network", "must be an object; without it the service's own network is used", null);
        var fields = new FieldReader(value, "network.", Errors);
        var (type, committee) = (fields.Text("type", 20), fields.WholeLong("committee", CommitteeSpecification.MinSize, CommitteeSpecification.MaxSize));
        var network = new ExperimentNetwork { Outputs = fields.Text("outputs", 1_000), Stack = fields.Text("stack", 200), Nodes = Nodes(fields) };
        fields.RefuseOthers([]);
        if (type is not (null or "embedded")) return fields.Wrong("type", "must be embedded; other networks are named by outputs, stack or nodes", network);
        if (type is not null || committee is not null) network = network with { Type = "embedded", Committee = (int)(committee ?? DefaultCommittee) };
        return new object?[] { network.Outputs, network.Stack, network.Nodes, network.Type }.Count(named => named is not null) == 1
            ? network
            : _fields.Wrong("network", "must name one network: by outputs (a file), stack (a name), nodes (RPC addresses), or type (embedded, with its committee)", network);
    }

    private static ImmutableArray<Uri>? Nodes(FieldReader fields)
    {
        if (fields.Value("nodes") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= CommitteeSpecification.MaxSize)
        {
            var urls = value.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String && Uri.TryCreate(one.GetString(), UriKind.Absolute, out var url) ? url : null).ToArray();
            if (urls.All(url => url?.Scheme == Uri.UriSchemeHttp) && urls.Distinct().Count() == urls.Length) return [.. urls.OfType<Uri>()];
        }

        return fields.Wrong<ImmutableArray<Uri>?>("nodes", $"must be 1 to {CommitteeSpecification.MaxSize} different http:// addresses", null);
    }

    // The same setup has the same seed, so that a plan that was tested is the plan that is run.
    private static long SeedOf(ExperimentSetup setup) =>
        (long)(BitConverter.ToUInt64(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(setup, PlatformJson.Options))) & LargestSeed);
}
