using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

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
            await shell.Out.WriteLineAsync(arguments.GetValue(json)
                ? JsonSerializer.Serialize(findings, Format)
                : string.Join(Environment.NewLine, findings.Select(finding => $"{finding.Status,-8} {finding.Name,-16} {finding.Detail}")));
            return ExitCodes.Done;
        });
        return command;
    }
}
