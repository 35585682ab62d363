using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Plan;

namespace Mysticeti.Runner.Cli.Options;

/// <summary>The options that say when transactions are due and which nodes get them.</summary>
internal sealed class ShapeOptions
{
    private readonly Option<string?> _shape = TextOption.Create(
        "--shape", "SHAPE", "constant",
        "How the load changes within a measurement: constant; ramp or ramp:FROM (a share of the load); steps:N; bursts:FACTOR,EVERY,LENGTH (seconds); replay:FILE (a time in seconds in each line)");

    private readonly Option<string?> _targets = TextOption.Create(
        "--targets", "TARGETS", "round-robin", "Which nodes get transactions: round-robin; weighted:W0,W1,.. (a weight for each node); region:NAME (its nodes only)");

    public IEnumerable<Option> All => [_shape, _targets];

    /// <summary>The settings with what these options ask for.</summary>
    /// <param name="fixedDuration">Whether the user gave the duration; else a replay lasts as long as the recording.</param>
    /// <param name="fixedLoads">Whether the user gave loads, which a replay does not take.</param>
    /// <exception cref="UsageException">A value is wrong.</exception>
    public BenchmarkSettings Read(ParseResult arguments, BenchmarkSettings settings, bool fixedDuration, bool fixedLoads)
    {
        var shape = LoadShape.Parse(arguments.Text(_shape)) ?? throw new UsageException(
            $"{_shape.Name} {Values.OneLine(arguments.Text(_shape))} is not possible; it takes constant, ramp, ramp:0.1, steps:5, bursts:3,10,1 (three times the load for 1 s every 10 s) or replay:FILE");
        var targets = TargetChoice.Parse(arguments.Text(_targets)) ?? throw new UsageException(
            $"{_targets.Name} {Values.OneLine(arguments.Text(_targets))} is not possible; it takes round-robin, weighted:3,1,1,1 (one weight from 0 to 1000 for each node, not all 0) or region:NAME");
        if (!targets.Weights.IsEmpty && targets.Weights.Length != settings.Committee)
        {
            throw new UsageException($"{_targets.Name} has {targets.Weights.Length} weights for {settings.Committee} nodes; give one for each");
        }

        settings = settings with { Shape = shape, Targets = targets };
        return shape.Kind == ShapeKind.Replay ? Replay(settings, shape, fixedDuration, fixedLoads) : settings;
    }

    /// <summary>A recording has a rate and a length of its own.</summary>
    private BenchmarkSettings Replay(BenchmarkSettings settings, LoadShape shape, bool fixedDuration, bool fixedLoads)
    {
        if (fixedLoads) throw new UsageException($"{_shape.Name} replay has the rate of its recording; leave the loads out");

        var last = shape.Recorded[^1] / 1e9;
        var duration = fixedDuration ? settings.Duration : TimeSpan.FromSeconds(Math.Max(0.1, Math.Floor(last * 1000) / 1000 + 0.001));
        var count = shape.Recorded.Count(ns => ns < duration.Ticks * 100);
        return settings with { Duration = duration, Loads = [(int)Math.Max(1, Math.Round(count / duration.TotalSeconds))] };
    }
}
