using System.CommandLine;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti report</c></summary>
internal static class ReportCommand
{
    public static Command Create(Shell shell)
    {
        var directory = new Argument<string>("DIR") { Description = "Directory of a run, for example ./benchmarks/20260102-101500-embedded-benchmark" };
        var command = new Command("report", "Renders the reports of a sealed run again, after checking that its results are unchanged") { directory };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments.GetValue(directory)!, shell, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string path, Shell shell, CancellationToken cancellationToken)
    {
        var run = await SealedRun.OpenAsync(path, cancellationToken);
        var names = RunReports.RenderedNames(run.Summary);
        try
        {
            await RunReports.RenderAsync(run.Directory, run.Summary, run.Loads);
            await run.Directory.SealAgainAsync(run.Manifest, names);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Values.OneLine(path)} cannot be written: {Values.OneLine(error.Message)}");
        }
        catch (FormatException error)
        {
            throw new UsageException($"{Values.OneLine(path)} cannot be rendered: {Values.OneLine(error.Message)}");
        }

        shell.Screen.Show(SummaryText.Conclusions(run.Summary));
        await shell.Out.WriteLineAsync($"{run.CheckedFiles} files are unchanged since the run; rendered again: {string.Join(", ", names)}");
        return ExitCodes.Done;
    }
}
