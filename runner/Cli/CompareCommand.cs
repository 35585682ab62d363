using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Reports;
using Mysticeti.Engine.Reports.Comparison;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti compare</c></summary>
internal sealed class CompareCommand
{
    private readonly Argument<string> _a = new("A") { Description = "Directory of the run that is compared with" };

    private readonly Argument<string> _b = new("B") { Description = "Directory of the run that may be better or worse" };

    private readonly Option<string?> _tolerance = TextOption.Create(
        "--tolerance", "RATIO", "0.05", "Change for the worse that is accepted: a regression is significant when its whole interval lies beyond it");

    private readonly Option<bool> _json = TextOption.Flag("--json", "Print the differences as JSON");

    public static Command Create(Shell shell)
    {
        var options = new CompareCommand();
        var command = new Command("compare", "Sets two sealed runs against each other; exits with 1 where B is significantly worse, with 2 where they are not comparable")
        {
            options._a, options._b, options._tolerance, options._json,
        };
        command.SetAction((arguments, cancellationToken) => options.RunAsync(arguments, shell, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        var tolerance = Tolerance(arguments.Text(_tolerance));
        var a = await SealedRun.OpenAsync(arguments.GetValue(_a)!, cancellationToken);
        var b = await SealedRun.OpenAsync(arguments.GetValue(_b)!, cancellationToken);
        if (a.Summary.NetworkType != b.Summary.NetworkType)
        {
            shell.Screen.Table(ComparisonText.Aspects(a, b));
            shell.Screen.Line();
            shell.Screen.Show(ComparisonText.ByLoad(a, b));
            await shell.Out.WriteLineAsync("Different kinds of network: differences between them are no regressions.");
            return ExitCodes.Done;
        }

        if (Comparability.Differences(a, b) is { IsEmpty: false } differences)
            throw new UsageException($"the runs are not comparable: {string.Join("; ", differences)}");
        var comparison = RunComparison.Of(a, b, tolerance);
        if (arguments.GetValue(_json)) await shell.Out.WriteLineAsync(JsonSerializer.Serialize(comparison, ReportJson.Options));
        else foreach (var passage in ComparisonText.Changes(comparison)) shell.Screen.Show(passage);
        return comparison.HasRegression ? ExitCodes.CheckFailed : ExitCodes.Done;
    }

    private double Tolerance(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw new UsageException($"{_tolerance.Name} {Values.OneLine(text)} is not possible; it takes a ratio from 0 to 1, for example 0.05 for 5%");
}
