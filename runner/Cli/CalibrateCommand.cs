using System.CommandLine;
using System.Text.Json;
using Mysticeti.Engine.Calibration;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Load;
using Mysticeti.Engine.Measurement;
using Mysticeti.Runner.Cli.Options;

namespace Mysticeti.Runner.Cli;

/// <summary><c>mysticeti calibrate</c>: what this machine's generator can offer, at which lag.</summary>
internal sealed class CalibrateCommand
{
    private readonly Option<string?> _submission = TextOption.Create(
        "--submission", "MODE,..", "single,batch,websocket,stream", "Submission modes to calibrate, separated by commas");

    private readonly Option<string?> _connections = TextOption.Create(
        "--connections", "N", null, "Connections to the null server, 1 to 1000; by default 16 in single mode, 4 in batch and websocket, 1 in stream");

    private readonly Option<string?> _workers = TextOption.Create(
        "--workers", "N", "1", "Processes that send together, 1 to 64, to as many null servers: worth it with more processors than one for each of both");

    private readonly Option<string?> _duration = TextOption.Create("--duration", "SECONDS", "3", "Length of each measurement in seconds, 1 to 30; there are two a mode, and a short one");

    private readonly Option<string?> _size = TextOption.Create("--transaction-size", "BYTES", "512", "Size of a transaction in bytes, 32 to 65536");

    private readonly Option<bool> _wrk = TextOption.Flag("--wrk", "Also drive the null server with wrk at as many connections, and compare single mode with it");

    private readonly Option<bool> _json = TextOption.Flag("--json", "Machine-readable, as one JSON object");

    public static Command Create(Shell shell)
    {
        var options = new CalibrateCommand();
        var command = new Command("calibrate", "Drives a server that does nothing as a load would, and says what this machine can offer at which lag")
        {
            options._submission, options._connections, options._workers, options._duration, options._size, options._wrk, options._json,
        };
        command.SetAction((arguments, cancellationToken) => options.RunAsync(arguments, shell, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, Shell shell, CancellationToken cancellationToken)
    {
        SubmissionMode[] modes = [.. arguments.Text(_submission).Split(',').Select(text => SubmissionOptions.Mode(_submission.Name, text.Trim()))];
        var connections = arguments.IsGiven(_connections) ? Values.Whole(_connections.Name, arguments.Text(_connections), 1, 1_000, "connections") : 0;
        var duration = Values.Seconds(_duration.Name, arguments.Text(_duration), 1, 30);
        var size = Values.Whole(_size.Name, arguments.Text(_size), LoadOptions.MinOpaque, 65_536, "bytes");
        var json = arguments.GetValue(_json);

        var workers = SubmissionOptions.ReadWorkers(arguments, _workers);
        using var servers = new NullServers();
        await servers.StartAsync(workers, cancellationToken);
        var screen = json ? Screen.On(TextWriter.Null, enabled: false) : shell.Screen;
        var report = await screen.WatchAsync(MeasureAsync);
        report.Save(shell);
        if (json) await shell.Out.WriteLineAsync(JsonSerializer.Serialize(report, ReportJson.Options));
        screen.Table(Table(report));
        if (report.Wrk is { } wrk && report.Modes.FirstOrDefault(m => m.Mode == SubmissionMode.Single) is { } single)
            screen.Line($"single mode reaches {Figures.Number(single.Capacity / wrk.Rate, 2)} of wrk");

        if (report.Modes.FirstOrDefault(m => !(m.LagP99Ms <= Verdict.HighestLagMs)) is not { } late) return ExitCodes.Done;

        await shell.Error.WriteLineAsync(
            $"error: in {Name(late.Mode)} mode the p99 lag is {Figures.Ms(late.LagP99Ms)} at half of what was reached; this machine is too busy to measure with");
        return ExitCodes.InvalidMeasurement;

        async Task<CalibrationReport> MeasureAsync()
        {
            var found = new CalibrationReport { At = shell.Time.GetUtcNow(), Cores = Environment.ProcessorCount, Priority = Pacer.PermittedPriority() };
            foreach (var mode in modes)
            {
                screen.Progress($"calibrating {Name(mode)} mode");
                // Without pipelining in single mode, as other tools do it, so that figures can be compared.
                var submission = new SubmissionSettings
                {
                    Mode = mode,
                    Connections = connections,
                    InFlight = mode == SubmissionMode.Single ? 1 : SubmissionConnection.MostRequestsInFlight,
                    Workers = workers,
                };
                var calibration = await new CalibrationRun(new CalibrationPlan(submission, size, duration), servers.All, shell.Time).ExecuteAsync(cancellationToken);
                found = found with { Modes = [.. found.Modes, calibration] };
                if (mode == SubmissionMode.Single && arguments.GetValue(_wrk))
                {
                    screen.Progress("measuring with wrk");
                    found = found with { Wrk = await WrkComparison.MeasureAsync(servers.All[0].Url, calibration.Connections, size, duration, cancellationToken) };
                }
            }

            return found;
        }
    }

    private static string Name(SubmissionMode mode) => mode.ToString().ToLowerInvariant();

    private static TextTable Table(CalibrationReport report)
    {
        var table = new TextTable(
            "Mode", ">Connections", ">At most tx/s", ">CPU us", ">Paced tx/s", ">Lag p50/p99/max ms", ">CPU us (server)", ">Kept waiting (server)", ">GC");
        foreach (var c in report.Modes)
        {
            table.Add(
                Name(c.Mode), $"{c.Connections}", Figures.Number(c.Capacity, 0), Figures.Number(c.CapacityCpuUs, 2), $"{c.PacedLoad}",
                $"{Lag(c.LagP50Ms)} / {Lag(c.LagP99Ms)} / {Lag(c.LagMaxMs)}",
                $"{Figures.Number(c.CpuUs, 2)} ({Figures.Number(c.ServerCpuUs, 2)})", $"{Figures.Ms(c.WaitMs)} ({Figures.Ms(c.ServerWaitMs)})", Figures.Ms(c.GcPauseMs));
            if (c.Mode != SubmissionMode.Single || report.Wrk is not { } wrk) continue;
            table.Add("wrk", $"{c.Connections}", Figures.Number(wrk.Rate, 0), Figures.Number(wrk.CpuUs, 2), "", "", "", "", "");
        }

        return table;

        static string Lag(double? ms) => ms is double value ? Figures.Number(value, 2) : "-";
    }
}
