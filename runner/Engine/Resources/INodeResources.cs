namespace Mysticeti.Engine.Resources;

/// <summary>What the nodes of a network use of their machines, for those who can see it: a process, a container, a host.</summary>
public interface INodeResources
{
    /// <summary>How often the nodes are read; rarely enough that reading does not disturb what is measured.</summary>
    TimeSpan Interval => TimeSpan.FromSeconds(1);

    /// <summary>Which figures are missing and why, or what they hold beside the node's own; null: nothing to say.</summary>
    string? Note => null;

    /// <summary>The nodes' counters now, by position; null for a node that is down or cannot be seen.</summary>
    Task<IReadOnlyList<ResourceCounters?>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>What a node has used since it started; null where that is not known.</summary>
/// <param name="CpuSeconds">Processor time, of all its threads.</param>
/// <param name="MemoryBytes">Resident now.</param>
/// <param name="DiskReadBytes">Read from storage.</param>
/// <param name="DiskWrittenBytes">Caused to be written to storage.</param>
/// <param name="ReceivedBytes">From the network.</param>
/// <param name="SentBytes">To the network.</param>
public sealed record ResourceCounters(
    double CpuSeconds, long MemoryBytes, long? DiskReadBytes, long? DiskWrittenBytes, long? ReceivedBytes, long? SentBytes)
{
    /// <summary>
    /// When they were read, in seconds from any zero by the clock of the machine that they are of, so that the way here does not blur what
    /// lies between two readings; null: at this moment.
    /// </summary>
    public double? AtSeconds { get; init; }
}

/// <summary>One node in one stretch of about a second.</summary>
/// <param name="T">Seconds since the measured window's start, at the end of the stretch; negative in the warm-up.</param>
/// <param name="Node">Its name.</param>
/// <param name="Cpu">Processors used, on average: 1 is one processor all the time.</param>
/// <param name="MemoryBytes">Resident memory at the end.</param>
/// <param name="DiskReadBytes">Read in the stretch; null where that is not known, as in the next three.</param>
/// <param name="DiskWrittenBytes">Written in the stretch.</param>
/// <param name="ReceivedBytes">Received in the stretch.</param>
/// <param name="SentBytes">Sent in the stretch.</param>
public sealed record ResourceSample(
    double T, string Node, double Cpu, long MemoryBytes, long? DiskReadBytes, long? DiskWrittenBytes, long? ReceivedBytes, long? SentBytes);
