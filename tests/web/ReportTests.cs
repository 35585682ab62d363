using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Web.Tests;

/// <summary>The report of a recorded run, as a browser shows it.</summary>
public sealed class ReportTests(Browser browser) : IClassFixture<Browser>
{
    private const string Full = "20261121-062522-embedded-full";
    private const string Bare = "20261121-070000-remote-bare";

    [Theory]
    [InlineData(Full, 1280, ColorScheme.Light)]
    [InlineData(Full, 1280, ColorScheme.Dark)]
    [InlineData(Full, 390, ColorScheme.Light)]
    [InlineData(Full, 390, ColorScheme.Dark)]
    [InlineData(Bare, 1280, ColorScheme.Light)]
    [InlineData(Bare, 390, ColorScheme.Dark)]
    public async Task It_fits_the_window_asks_the_network_for_nothing_and_makes_no_error(string run, int width, ColorScheme scheme)
    {
        await using var report = await OpenAsync(run, width, scheme);
        await report.PictureAsync($"report-{run[16..]}-{width}-{scheme}");
        Assert.Equal(0, await report.OverflowAsync());
        Assert.Empty(report.Errors);
        Assert.Equal([report.Page.Url], report.Requests);
        var background = await report.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Light ? "rgb(246, 247, 249)" : "rgb(18, 22, 28)", background);
    }

    [Fact]
    public async Task The_ledger_shows_the_numbers_of_the_run()
    {
        await using var report = await OpenAsync(Full, 1280, ColorScheme.Light);
        foreach (var (number, file) in new[] { (1, "embedded_benchmark_1_200txs.json"), (2, "embedded_benchmark_2_500txs.json") })
        {
            using var load = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(RunPath(Full), file), TestContext.Current.CancellationToken));
            foreach (var entry in new[] { "scheduled", "sent", "unsent", "committed", "rejected", "lost", "duplicates" })
            {
                var shown = report.Page.Locator($"#load-{number} [data-ledger={entry}]");
                var expected = load.RootElement.GetProperty("results").GetProperty(entry).GetInt64();
                Assert.Equal(expected.ToString("N0", CultureInfo.InvariantCulture), await shown.InnerTextAsync());
            }
        }
    }

    [Fact]
    public async Task Every_section_of_a_full_run_is_there_and_faults_stand_on_the_time_axis()
    {
        await using var report = await OpenAsync(Full, 1280, ColorScheme.Light);
        var text = await report.Page.Locator("#load-2").InnerTextAsync();
        foreach (var part in new[]
        {
            "Throughput over time", "Latency over time", "Faults on the time axis", "Ledger", "Safety", "Latency distribution", "Where the latency goes",
            "Leader outcomes by authority", "Resources of the validators", "Instrument", "Thresholds",
        })
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Contains("F1, 4.00 s to 7.10 s: kill 1,2 at 4s for 3s", text, StringComparison.Ordinal);
        Assert.Contains("F2, from 9.00 s on: delay 3 by 50ms at 9s", text, StringComparison.Ordinal);
        Assert.Contains("disagree at commit 412", text, StringComparison.Ordinal);
        Assert.Contains("40 of 6000 were never committed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Not shown", text, StringComparison.Ordinal);
        Assert.Contains("Beside other networks", await report.Page.Locator("#comparison").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("500 tx/s (3 measurements)", await report.Page.Locator("#results").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("54.2", await report.Page.Locator("#intervals").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_a_run_never_becomes_markup()
    {
        await using var report = await OpenAsync(Full, 1280, ColorScheme.Light);
        Assert.Contains("</script><b>not markup</b>", await report.Page.Locator("#load-2 .remarks").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await report.Page.Locator("#load-2 .remarks b").CountAsync());
    }

    [Fact]
    public async Task What_a_run_lacks_is_named_with_its_reason()
    {
        await using var report = await OpenAsync(Bare, 1280, ColorScheme.Light);
        var text = await report.Page.Locator("main").InnerTextAsync();
        Assert.Contains("no validator has a trace to read", text, StringComparison.Ordinal);
        Assert.Contains("nothing was committed, so that there are no latencies", text, StringComparison.Ordinal);
        Assert.Contains("this run did not sample what the validators used", text, StringComparison.Ordinal);
        Assert.Equal(0, await report.Page.Locator("#comparison").CountAsync());
    }

    [Fact]
    public async Task The_keyboard_moves_along_a_chart_and_opens_its_numbers()
    {
        await using var report = await OpenAsync(Full, 1280, ColorScheme.Light);
        var chart = report.Page.Locator("#load-1 figure").First;
        await chart.Locator(".plot").FocusAsync();
        await report.Page.Keyboard.PressAsync("Home");
        await report.Page.Keyboard.PressAsync("ArrowRight");
        var legend = chart.Locator(".u-legend .u-value").First;
        await Assertions.Expect(legend).ToHaveTextAsync("1");
        await chart.Locator("summary").FocusAsync();
        await report.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(chart.Locator(".numbers tbody tr")).ToHaveCountAsync(13);
    }

    private static string RunPath(string run) => Path.Combine(AppContext.BaseDirectory, "Runs", run);

    private async Task<WatchedPage> OpenAsync(string run, int width, ColorScheme scheme)
    {
        var report = await browser.OpenAsync(width, scheme);
        var html = await HtmlReport.RenderAsync(RunPath(run), TestContext.Current.CancellationToken);
        Assert.SkipWhen(html is null, "the runner was built without Node.js");
        var file = Path.Combine(Directory.CreateTempSubdirectory("mysticeti-report-").FullName, HtmlReport.FileName);
        await File.WriteAllTextAsync(file, html);
        await report.Page.GotoAsync(new Uri(file).AbsoluteUri);
        await report.ChartsAsync();
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return report;
    }
}
