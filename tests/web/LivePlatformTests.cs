using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Web.Tests;

/// <summary>The dashboard of the real <c>mysticeti serve</c> over real validators.</summary>
public sealed class LivePlatformTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const float Patience = 60_000;
    private readonly string _root = Directory.CreateTempSubdirectory("mysticeti-live-").FullName;
    private Process? _serve;

    public void Dispose()
    {
        if (_serve is not null)
        {
            // The validators end with their parent.
            _serve.Kill();
            _serve.WaitForExit();
            _serve.Dispose();
        }

        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_experiment_is_started_watched_and_cancelled_on_a_real_network()
    {
        Assert.SkipUnless(HtmlReport.IsAvailable, "the runner was built without Node.js");
        await using var wide = await browser.OpenAsync(1280, ColorScheme.Light);
        await using var narrow = await browser.OpenAsync(390, ColorScheme.Dark);
        var dashboard = await ServeAsync();
        await RunAndCancelAsync(wide, dashboard, "wide");
        await RunAndCancelAsync(narrow, dashboard, "narrow");
    }

    private static async Task RunAndCancelAsync(WatchedPage watched, string dashboard, string name)
    {
        var page = watched.Page;
        page.SetDefaultTimeout(Patience);
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.GotoAsync($"{dashboard}#experiments");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Highest rate").FillAsync("200");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await page.WaitForURLAsync($"**/#experiment/{name}");
        var status = page.Locator(".badges[role=status]");
        await SaysAsync(status, "running");
        await SaysAsync(page.GetByRole(AriaRole.Log), "round 1 of 4");
        Assert.Equal(0, await watched.OverflowAsync());

        await page.GotoAsync($"{dashboard}#network");
        await SaysAsync(page.Locator(".tiles"), "SAFE");
        var validators = page.Locator(".card").Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Validators", Exact = true }) });
        await Assertions.Expect(validators.Locator("tbody tr")).ToHaveCountAsync(4, new() { Timeout = Patience });
        await watched.ChartsAsync();
        await watched.PictureAsync($"live-{name}");
        Assert.Equal(0, await watched.OverflowAsync());

        await page.GotoAsync($"{dashboard}#experiment/{name}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel experiment" }).ClickAsync();
        await SaysAsync(status, "cancelled");
        Assert.Empty(watched.Errors);
        Assert.All(watched.Requests, request => Assert.StartsWith(dashboard, request, StringComparison.Ordinal));
    }

    private static Task SaysAsync(ILocator place, string text) => Assertions.Expect(place).ToContainTextAsync(text, new() { Timeout = Patience });

    /// <summary>Starts the platform with a network of its own.</summary>
    /// <returns>Where the dashboard is.</returns>
    private async Task<string> ServeAsync()
    {
        _serve = Process.Start(new ProcessStartInfo(SourceTree.Runner, ["serve", "--embedded", "4", "--base-port", "0"])
        {
            WorkingDirectory = _root,
            RedirectStandardOutput = true,
            Environment = { ["MYSTICETI_VALIDATOR"] = SourceTree.Validator },
        })!;
        // It says where it listens, and is up, before it says that it runs.
        string? line;
        do
        {
            line = await _serve.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromMilliseconds(Patience));
            Assert.True(line is not null, "the platform ended");
        }
        while (!line.StartsWith("running", StringComparison.Ordinal));
        var services = await File.ReadAllTextAsync(Path.Combine(_root, ".mysticeti", "platform", "services.json"));
        return JsonDocument.Parse(services).RootElement.GetProperty("dashboard").GetString() + "/";
    }
}
