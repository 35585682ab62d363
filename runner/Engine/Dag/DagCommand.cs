using Mysticeti.Consensus;
using Mysticeti.Engine.Console;

namespace Mysticeti.Engine.Dag;

/// <param name="Leaders">K, leader slots a round: 1 to the committee's size.</param>
/// <param name="WaveLength">W, at least 3.</param>
/// <param name="Pipelined">Whether a wave starts in every round; otherwise in the multiples of W.</param>
public sealed record DagOptions(int Leaders = 2, int WaveLength = 3, bool Pipelined = true);

/// <summary>The <c>dag</c> command: decides a DAG written in the DAG language and prints one JSON object a line.</summary>
public static class DagCommand
{
    /// <summary>Decides the DAG in <paramref name="file"/>.</summary>
    /// <param name="output">Gets the leader slots, then the committed sub-DAGs.</param>
    /// <param name="error">Gets one line where the file or an option is wrong.</param>
    /// <returns><see cref="ExitCodes.Done"/> or <see cref="ExitCodes.Usage"/>.</returns>
    public static int Run(string file, DagOptions options, TextWriter output, TextWriter error)
    {
        try
        {
            if (options.WaveLength < 3) throw new UsageException($"--wave-length {options.WaveLength} is too short; give 3 or more");
            if (options.Leaders < 1) throw new UsageException($"--leaders {options.Leaders} is too few; give 1 to the committee's size");
            var dag = DagFile.Parse(Read(file));
            if (options.Leaders > dag.Committee.Size)
                throw new UsageException($"--leaders {options.Leaders} is too many for a committee of {dag.Committee.Size}; give 1 to {dag.Committee.Size}");
            Print(dag, options, output);
            return ExitCodes.Done;
        }
        catch (DagSyntaxException exception)
        {
            error.WriteLine($"{file}: {exception.Message}");
            return ExitCodes.Usage;
        }
        catch (UsageException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCodes.Usage;
        }
    }

    /// <summary>Prints the status of every leader slot, then the sub-DAGs of the decided prefix.</summary>
    public static void Print(DagFile file, DagOptions options, TextWriter output)
    {
        var parameters = new ConsensusParameters
        {
            LeadersPerRound = options.Leaders,
            WaveLength = options.WaveLength,
            Pipelined = options.Pipelined,
            // The language knows no garbage collection: no leader round is that high.
            GcDepth = int.MaxValue,
        };
        var dag = new Consensus.Dag(file.Committee);
        foreach (var block in file.Blocks) dag.Add(block);

        var rule = new CommitRule(dag, file.Committee, parameters);
        foreach (var slot in rule.Evaluate(dag.HighestRound)) output.Write(Line(slot));

        var linearizer = new Linearizer(dag, parameters, default(Digest));
        foreach (var slot in rule.TryDecide())
        {
            if (slot.Block is not null) output.Write(Line(linearizer.Commit(slot.Block)));
        }
    }

    // Names consist of letters, digits and primes, none of which JSON escapes.
    private static string Line(LeaderDecision slot)
    {
        var block = slot.Block is null ? "" : $",\"block\":\"{DagFile.NameOf(slot.Block)}\"";
        return $"{{\"round\":{slot.Round},\"offset\":{slot.Offset},\"authority\":\"{BlockRef.AuthorityName(slot.Authority)}\",\"status\":\"{Status(slot.Status)}\"{block}}}\n";
    }

    private static string Line(CommittedSubDag commit)
    {
        var blocks = string.Join(',', commit.Blocks.Select(block => $"\"{DagFile.NameOf(block)}\""));
        return $"{{\"commit\":{commit.Index},\"leader\":\"{DagFile.NameOf(commit.Leader)}\",\"blocks\":[{blocks}]}}\n";
    }

    private static string Status(LeaderStatus status) => status switch
    {
        LeaderStatus.DirectCommit => "direct-commit",
        LeaderStatus.DirectSkip => "direct-skip",
        LeaderStatus.IndirectCommit => "indirect-commit",
        LeaderStatus.IndirectSkip => "indirect-skip",
        _ => "undecided",
    };

    private static string Read(string file)
    {
        if (string.IsNullOrWhiteSpace(file)) throw new UsageException("the name of the DAG file is empty; give a file in the DAG language");
        if (Directory.Exists(file)) throw new UsageException($"{file} is a directory; give a file in the DAG language");
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{file} does not exist; give a file in the DAG language");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{file} cannot be read: {error.Message}");
        }
    }
}
