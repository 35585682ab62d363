using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mysticeti.Engine.Console;
using Mysticeti.Runner.Cli.Options;
using Spectre.Console;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti doctor</c>: what is there and what is missing, a line each.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Shell shell)
    {
        var json = TextOption.Flag("--json", "Machine-readable, as one JSON array");
        var command = new Command("doctor", "Shows what this machine has of what networks need") { json };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var findings = await Doctor.ExamineAsync(cancellationToken);
            if (arguments.GetValue(json)) await shell.Out.WriteLineAsync(JsonSerializer.Serialize(findings, Format));
            else shell.Screen.Table(Table(findings));
            return ExitCodes.Done;
        });
        return command;
    }

    private static TextTable Table(IEnumerable<Finding> findings)
    {
        var table = new TextTable("", "", "");
        foreach (var finding in findings) table.Add(new Cell(finding.Status, finding.Status == Doctor.Ok ? Color.Green : Color.Yellow), finding.Name, finding.Detail);
        return table;
    }
}
