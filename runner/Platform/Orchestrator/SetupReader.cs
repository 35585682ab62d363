using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Mysticeti.Runner.Benchmark;
using Mysticeti.Runner.Load;
using Mysticeti.Runner.Platform.Hosting;

namespace Mysticeti.Runner.Platform.Orchestrator;

/// <summary>Reads <c>experiment_setup</c>. It goes on after an error, so that all of them can be told at once.</summary>
internal sealed class SetupReader
{
    private const double LongestMinutes = 7 * 24 * 60;
    private const long LargestSeed = (1L << 53) - 1;

    // Fields of the seed's own system, which has accounts and fees.
    private static readonly string[] NotApplicable = ["priv_keys", "payment_receiver"];

    private readonly JsonElement _json;
    private readonly HashSet<string> _known = new(NotApplicable, StringComparer.Ordinal);

    private SetupReader(JsonElement json) => _json = json;

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
            Description = Text("description", 1_000),
            BaseTps = Number("base_tps", defaults.BaseTps, 1, 1_000_000),
            StressTps = Number("stress_tps", defaults.StressTps, 1, 1_000_000),
            Rounds = Whole("rounds", defaults.Rounds, 1, 1_000),
            RoundDurationMin = Number("round_duration_min", defaults.RoundDurationMin, 0.01, LongestMinutes),
            PauseMin = Number("pause_min", defaults.PauseMin, 0, LongestMinutes),
            LargePauseMin = Number("large_pause_min", defaults.LargePauseMin, 0, LongestMinutes),
            LargePauseEveryNRounds = Whole("large_pause_every_n_rounds", defaults.LargePauseEveryNRounds, 1, 1_000),
            StopsPerRound = Whole("stops_per_round", defaults.StopsPerRound, 0, 100),
            MinStopRatio = Number("min_stop_ratio", defaults.MinStopRatio, 0, 1),
            MaxStopRatio = Number("max_stop_ratio", defaults.MaxStopRatio, 0, 1),
            StopCleanRatio = Number("stop_clean_ratio", defaults.StopCleanRatio, 0, 1),
            RotationRatio = Number("rotation_ratio", defaults.RotationRatio, 0, 1),
            SenderRatio = Number("sender_ratio", defaults.SenderRatio, 0, 1),
            TxSizeBytes = Whole("tx_size_bytes", defaults.TxSizeBytes, 32, 1024 * 1024),
            Arrival = Text("arrival", 20) switch { null or "constant" => Arrival.Constant, "poisson" => Arrival.Poisson, _ => Wrong("arrival must be constant or poisson", Arrival.Constant) },
            Seed = WholeLong("seed", 0, LargestSeed) ?? 0,
            WarmupSec = Number("warmup_sec", defaults.WarmupSec, 0, 3_600),
            DrainTimeoutSec = Number("drain_timeout_sec", defaults.DrainTimeoutSec, 0, 600),
            DeploymentId = WholeLong("deployment_id", 1, long.MaxValue),
            Network = NetworkFile(),
            AllowQuorumLoss = Flag("allow_quorum_loss"),
        };
        foreach (var field in _json.EnumerateObject().Where(field => !_known.Contains(field.Name)).Take(20))
            Errors.Add($"unknown field {Cli.Values.OneLine(field.Name)}");
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
        catch (Cli.UsageException error)
        {
            Errors.Add(error.Message);
        }
    }

    private string Name()
    {
        var name = Text("experiment_name", 50);
        if (string.IsNullOrEmpty(name)) return Wrong("experiment_name is missing", "");
        return name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "/\\:*?\"<>|".Contains(c, StringComparison.Ordinal))
            ? Wrong("experiment_name must not have spaces or any of / \\ : * ? \" < > |", "")
            : name;
    }

    /// <summary>As the runner's --outputs: <c>{"outputs": FILE}</c>.</summary>
    private string? NetworkFile()
    {
        if (Value("network") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1
            && value.TryGetProperty("outputs", out var file) && file.ValueKind == JsonValueKind.String && file.GetString() is { Length: > 0 and <= 1_000 } path)
            return path;
        return Wrong<string?>("network must be {\"outputs\": FILE}; without it the service's own network is used", null);
    }

    private double Number(string name, double byDefault, double least, double most)
    {
        if (Value(name) is not { } value) return byDefault;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : Wrong(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {least} to {most}"), byDefault);
    }

    private int Whole(string name, int byDefault, int least, int most) => (int)(WholeLong(name, least, most) ?? byDefault);

    private long? WholeLong(string name, long least, long most)
    {
        if (Value(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : Wrong<long?>($"{name} must be a whole number from {least} to {most}", null);
    }

    private string? Text(string name, int longest)
    {
        if (Value(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= longest
            ? text
            : Wrong<string?>($"{name} must be a string of at most {longest} characters", null);
    }

    private bool Flag(string name) => Value(name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong($"{name} must be true or false", false));

    private JsonElement? Value(string name)
    {
        _known.Add(name);
        return _json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T Wrong<T>(string error, T instead)
    {
        Errors.Add(error);
        return instead;
    }

    // The same setup has the same seed, so that a plan that was tested is the plan that is run.
    private static long SeedOf(ExperimentSetup setup) =>
        (long)(BitConverter.ToUInt64(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(setup, PlatformJson.Options))) & LargestSeed);
}
