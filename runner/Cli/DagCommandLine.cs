using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Dag;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti dag</c></summary>
internal static class DagCommandLine
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "A DAG in the DAG language" };
        var leaders = TextOption.Create("--leaders", "K", "2", "Leader slots a round, from 1 to the committee's size");
        var waveLength = TextOption.Create("--wave-length", "W", "3", "Rounds from a leader to its decision round, both counted, at least 3");
        var noPipeline = TextOption.Flag("--no-pipeline", "Leaders only in rounds that are multiples of the wave length");
        var command = new Command("dag", "Decides a DAG written in the DAG language: leader slots, then sub-DAGs, as JSON lines") { file, leaders, waveLength, noPipeline };
        command.SetAction(arguments =>
        {
            var options = new DagOptions
            {
                Leaders = Values.Whole(leaders.Name, arguments.Text(leaders), 1, int.MaxValue),
                WaveLength = Values.Whole(waveLength.Name, arguments.Text(waveLength), 3, 1_000),
                Pipelined = !arguments.GetValue(noPipeline),
            };
            using var error = new StringWriter();
            var code = DagCommand.Run(arguments.GetRequiredValue(file), options, shell.Out, error);
            if (error.GetStringBuilder().Length > 0) shell.Error.WriteLine($"error: {Values.OneLine(error.ToString())}");
            return code;
        });
        return command;
    }
}
