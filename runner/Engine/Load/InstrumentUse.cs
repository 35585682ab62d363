namespace Mysticeti.Engine.Load;

/// <summary>What the instrument itself took during the window.</summary>
/// <param name="CpuSeconds">Processor time of the runner and its load workers.</param>
/// <param name="GcPauseMs">Time that their garbage collectors stopped them.</param>
/// <param name="MachineCpu">Share of all processors that was busy, 0 to 1; null where it is not known.</param>
/// <param name="PeakMemoryBytes">Highest resident memory of them so far.</param>
public sealed record InstrumentUse(double CpuSeconds, double GcPauseMs, double? MachineCpu, long PeakMemoryBytes)
{
    /// <summary>Time that their threads were ready to run and had no processor; null where it is not known.</summary>
    public double? ProcessorWaitMs { get; init; }

    /// <summary>What this process and another one took together.</summary>
    public InstrumentUse With(InstrumentUse other) => this with
    {
        CpuSeconds = CpuSeconds + other.CpuSeconds,
        GcPauseMs = GcPauseMs + other.GcPauseMs,
        PeakMemoryBytes = PeakMemoryBytes + other.PeakMemoryBytes,
        ProcessorWaitMs = ProcessorWaitMs + other.ProcessorWaitMs,
    };
}
