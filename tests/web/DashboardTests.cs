using System.Text.Json;
using Microsoft.Playwright;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Web.Tests;

/// <summary>The dashboard in a browser, against a platform that is made up.</summary>
public sealed class DashboardTests(Browser browser) : IClassFixture<Browser>
{
    [Theory]
    [InlineData("network", 1280, ColorScheme.Light)]
    [InlineData("network", 1280, ColorScheme.Dark)]
    [InlineData("network", 390, ColorScheme.Light)]
    [InlineData("network", 390, ColorScheme.Dark)]
    [InlineData("experiments", 1280, ColorScheme.Light)]
    [InlineData("experiments", 390, ColorScheme.Dark)]
    [InlineData("experiment/second", 1280, ColorScheme.Dark)]
    [InlineData("experiment/second", 390, ColorScheme.Light)]
    [InlineData("compare/first/second", 1280, ColorScheme.Light)]
    [InlineData("compare/first/second", 390, ColorScheme.Dark)]
    public async Task Every_view_fits_the_window_and_asks_only_its_own_server(string view, int width, ColorScheme scheme)
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, view, width, scheme);
        await Assertions.Expect(page.Page.GetByText("Waiting for data.")).ToHaveCountAsync(0);
        await page.ChartsAsync();
        await page.PictureAsync($"dashboard-{view.Replace('/', '-')}-{width}-{scheme}");
        Assert.Equal(0, await page.OverflowAsync());
        Assert.Empty(page.Errors);
        Assert.All(page.Requests, request => Assert.StartsWith(platform.Address.AbsoluteUri, request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_network_view_shows_what_the_service_knows()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "network", 1280, ColorScheme.Light);
        await Assertions.Expect(page.Page.Locator(".tiles")).ToContainTextAsync("SAFE");
        await Assertions.Expect(page.Page.Locator("header")).ToContainTextAsync("live");
        await Assertions.Expect(Card(page, "Validators").Locator("tbody tr")).ToHaveCountAsync(4);
        await Assertions.Expect(Card(page, "Leader outcomes by authority").Locator("tbody tr").Nth(3)).ToContainTextAsync("77.0%");
        await Assertions.Expect(Card(page, "Where the latency goes")).ToContainTextAsync("8.25");
        await Assertions.Expect(Card(page, "Peers").GetByText("down")).ToHaveCountAsync(1);
        await Assertions.Expect(Card(page, "Heartbeats and restarts")).ToContainTextAsync("restart: new boot id");
        await Assertions.Expect(Card(page, "Window on the DAG").Locator("thead th").Last).ToHaveTextAsync("2440");
    }

    [Fact]
    public async Task The_window_on_the_dag_is_moved_by_keyboard()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "network", 1280, ColorScheme.Light);
        var dag = Card(page, "Window on the DAG");
        await Assertions.Expect(dag.Locator("thead th").Last).ToHaveTextAsync("2440");
        await dag.GetByRole(AriaRole.Button, new() { Name = "Earlier" }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(dag.Locator("thead th").Last).ToHaveTextAsync("2434");
        await Assertions.Expect(dag.GetByRole(AriaRole.Button, new() { Name = "Follow" })).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Conflicting_commits_raise_an_alarm()
    {
        await using var platform = await FakePlatform.StartAsync(agreement: false);
        await using var page = await OpenAsync(platform, "network", 1280, ColorScheme.Light);
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("differ from commit 5 on: node0, node1 have 1111111111111111; node2 have 2222222222222222");
        await Assertions.Expect(page.Page.Locator(".tiles")).ToContainTextAsync("VIOLATED");
    }

    [Fact]
    public async Task A_platform_without_data_says_so()
    {
        await using var platform = await FakePlatform.StartAsync(empty: true);
        await using var page = await OpenAsync(platform, "network", 390, ColorScheme.Light);
        await Assertions.Expect(page.Page.GetByText("No validator has reported yet.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.GetByText("No transaction was traced in this time.")).ToBeVisibleAsync();
        Assert.Equal(0, await page.OverflowAsync());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task An_experiment_is_planned_started_watched_and_cancelled_from_the_page()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiments", 1280, ColorScheme.Light);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("experiment_name is needed");

        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("third");
        await page.Page.GetByLabel("Highest rate").FillAsync("900");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show plan" }).ClickAsync();
        await Assertions.Expect(page.Page.GetByText("mysticeti-node2 at 10.2 s for 12.0 s")).ToBeVisibleAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#experiment/third$"));
        var (path, body) = platform.Posts.Last();
        var setup = JsonDocument.Parse(body).RootElement.GetProperty("experiment_setup");
        Assert.Equal(("run", "third", 900, false), (path, setup.GetProperty("experiment_name").GetString(), setup.GetProperty("stress_tps").GetInt32(), setup.TryGetProperty("seed", out _)));

        await Assertions.Expect(Card(page, "Rounds").Locator("tbody tr")).ToHaveCountAsync(3);
        page.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel experiment" }).ClickAsync();
        await page.Page.WaitForFunctionAsync("() => performance.getEntriesByType('resource').some(entry => entry.name.includes('/cancel'))");
        Assert.Equal("cancel?name=third", platform.Posts.Last().Path);
    }

    [Fact]
    public async Task A_refused_start_shows_why()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiments", 1280, ColorScheme.Light);
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("taken");
        await page.Page.GetByLabel("Name", new() { Exact = true }).PressAsync("Enter");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("experiment second is running");
    }

    [Fact]
    public async Task Log_lines_come_live_and_two_experiments_are_compared()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiment/second", 1280, ColorScheme.Light);
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Log)).ToContainTextAsync("live line");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "All experiments" }).ClickAsync();
        await page.Page.GetByLabel("Compare first").CheckAsync();
        await page.Page.GetByLabel("Compare second").CheckAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Compare", Exact = true }).ClickAsync();
        await Assertions.Expect(Card(page, "Round by round").Locator("tbody tr").First).ToContainTextAsync("+50.0%");
        await Assertions.Expect(Card(page, "Setups").Locator("tbody tr")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task What_is_not_there_is_an_alert_not_an_empty_page()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiment/unknown", 1280, ColorScheme.Light);
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("there is no experiment unknown");
    }

    private static ILocator Card(WatchedPage page, string title) =>
        page.Page.Locator(".card").Filter(new() { Has = page.Page.GetByRole(AriaRole.Heading, new() { Name = title, Exact = true }) });

    private async Task<WatchedPage> OpenAsync(FakePlatform platform, string view, int width, ColorScheme scheme)
    {
        Assert.SkipUnless(HtmlReport.IsAvailable, "the runner was built without Node.js");
        var page = await browser.OpenAsync(width, scheme);
        await page.Page.GotoAsync($"{platform.Address}#{view}");
        return page;
    }
}
