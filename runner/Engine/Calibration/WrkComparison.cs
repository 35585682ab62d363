using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Mysticeti.Engine.Console;
using Mysticeti.Engine.Networks;

namespace Mysticeti.Engine.Calibration;

/// <summary>Drives the same null server with wrk (https://github.com/wg/wrk): a yardstick that is not ours.</summary>
internal static partial class WrkComparison
{
    /// <summary>Runs wrk on one thread, one transaction a request.</summary>
    /// <exception cref="UsageException">wrk is not installed or does not work.</exception>
    public static async Task<WrkResult> MeasureAsync(Uri url, int connections, int transactionSize, TimeSpan duration, CancellationToken cancellationToken)
    {
        var script = Path.GetTempFileName();
        try
        {
            var transaction = Convert.ToBase64String(new byte[transactionSize]);
            await File.WriteAllTextAsync(script, $$$"""
                wrk.method = "POST"
                wrk.headers["Content-Type"] = "application/json"
                wrk.body = '{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_sync","params":{"tx":"{{{transaction}}}"}}'
                """, cancellationToken);
            var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true, RedirectStandardError = true };
            var seconds = Math.Max(1, (int)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            foreach (var argument in (string[])["-t1", $"-c{connections}", $"-d{seconds}s", "-s", script, url.ToString()])
            {
                start.ArgumentList.Add(argument);
            }

            using var wrk = Programs.Start(start);
            var reading = wrk.StandardOutput.ReadToEndAsync(cancellationToken);
            var cpu = await LastCpuAsync(wrk, reading);
            var output = await reading;
            var (rate, requests) = (Rate().Match(output), Requests().Match(output));
            return rate.Success && requests.Success
                ? new WrkResult(Number(rate), cpu.TotalMicroseconds / Number(requests))
                : throw new UsageException($"wrk did not work: {output}");
        }
        catch (Win32Exception)
        {
            throw new UsageException("--wrk needs the program wrk; install it (Debian and Ubuntu: wrk) or leave the option out");
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>A process that has ended no longer says what it used, so it is asked again and again.</summary>
    private static async Task<TimeSpan> LastCpuAsync(Process process, Task ending)
    {
        var last = TimeSpan.Zero;
        try
        {
            while (!ending.IsCompleted)
            {
                process.Refresh();
                last = process.TotalProcessorTime;
                await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(20)));
            }
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        return last;
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}

/// <param name="Rate">Requests answered in a second.</param>
/// <param name="CpuUs">Processor time of wrk for a request, in microseconds.</param>
public sealed record WrkResult(double Rate, double CpuUs);
