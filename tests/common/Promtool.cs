using System.ComponentModel;
using System.Diagnostics;

namespace Mysticeti.Tests;

/// <summary>Prometheus' own judge of metrics.</summary>
internal static class Promtool
{
    /// <summary>Fails the test where promtool finds anything to complain of.</summary>
    /// <param name="metrics">What <c>GET /metrics</c> answered.</param>
    public static async Task CheckAsync(string metrics)
    {
        using var promtool = Start();
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        var error = promtool.StandardError.ReadToEndAsync();
        var complaints = await promtool.StandardOutput.ReadToEndAsync() + await error;
        await promtool.WaitForExitAsync();
        Assert.True(promtool.ExitCode == 0 && complaints.Length == 0, $"promtool: {promtool.ExitCode}\n{complaints}\n{metrics}");
    }

    private static Process Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            TestTools.Missing("promtool is not installed (Debian, Ubuntu: apt-get install prometheus)");
            throw;
        }
    }
}
