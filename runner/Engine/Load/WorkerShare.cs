namespace Mysticeti.Engine.Load;

/// <summary>
/// Which transactions a worker sends: of the groups that go to one node in a row, each worker has every N-th, so that all of them are as large, due
/// when the schedule says, and for the node that the targets say, as with a single generator.
/// </summary>
/// <param name="Group">Transactions in a group; see <see cref="Targets.Group"/>.</param>
/// <param name="Worker">From 0.</param>
/// <param name="Workers">How many there are.</param>
internal sealed record WorkerShare(int Group, int Worker, int Workers)
{
    public bool Has(int sequence) => sequence / Group % Workers == Worker;

    /// <summary>The first of its transactions that is not before <paramref name="sequence"/>.</summary>
    public int From(int sequence)
    {
        var group = sequence / Group;
        var skipped = (Worker - (group % Workers) + Workers) % Workers;
        return skipped == 0 ? sequence : (int)Math.Min(int.MaxValue, ((long)group + skipped) * Group);
    }
}
