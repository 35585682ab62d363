using System.Collections.Immutable;
using Mysticeti.Engine.Simulation;

namespace Mysticeti.Runner.Tests.Simulation;

/// <summary>Small simulations for tests.</summary>
internal static class Simulations
{
    public static readonly ImmutableArray<string> Wan = new SimulationSettings().Regions;

    /// <summary>Validators 20 ms apart, 200 small transactions a second for 6 virtual seconds.</summary>
    public static SimulationSettings Small(int committee = 4, ulong seed = 1) => new SimulationSettings
    {
        Committee = committee,
        Loads = [200],
        Duration = TimeSpan.FromSeconds(6),
        WarmUp = TimeSpan.Zero,
        TransactionSize = 64,
        Regions = [],
        Latency = TimeSpan.FromMilliseconds(20),
        Seed = seed,
    }.Validated();

    public static SimulationOutcome Run(SimulationSettings settings) => new LoadSimulation(settings.Validated(), number: 1, settings.Loads[0]).Run();

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
