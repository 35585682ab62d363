namespace Mysticeti.Engine.Console;

/// <summary>What the runner's exit codes mean; they are a contract with scripts and CI.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>A threshold, a comparison or the safety audit failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>Wrong usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>The measurement is invalid: the instrument failed, not the network.</summary>
    public const int InvalidMeasurement = 3;

    /// <summary>The network or the infrastructure failed.</summary>
    public const int Network = 4;

    /// <summary>Interrupted; partial results are saved and nodes stopped.</summary>
    public const int Interrupted = 130;
}
