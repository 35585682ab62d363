using Microsoft.Playwright;
using Mysticeti.Engine.Reports;

namespace Mysticeti.Web.Tests;

/// <summary>The dashboard while what it shows changes, and when something it needs is away.</summary>
public sealed class DashboardTroubleTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task What_changes_on_the_page_takes_nobodys_focus_away()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiments");
        var box = page.Page.GetByLabel("Compare second");
        await box.FocusAsync();
        platform.Status = "draining";
        await Assertions.Expect(page.Page.Locator("main tbody tr").First).ToContainTextAsync("draining");
        await Assertions.Expect(box).ToBeFocusedAsync();

        var link = page.Page.Locator("header").GetByRole(AriaRole.Link, new() { Name = "second" });
        await link.FocusAsync();
        platform.Status = "cancelling";
        await Assertions.Expect(page.Page.Locator("header")).ToContainTextAsync("cancelling");
        await Assertions.Expect(link).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_is_read_out_is_read_out_once()
    {
        await using var platform = await FakePlatform.StartAsync(agreement: false);
        await using var page = await OpenAsync(platform, "network");
        await Assertions.Expect(page.Page.Locator("main [role=alert]")).ToContainTextAsync("Validators differ");
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("live");
        await page.Page.EvaluateAsync(
            """
            () => {
              window.changes = 0;
              for (const place of document.querySelectorAll("[role=alert], [role=status]")) new MutationObserver(() => window.changes++).observe(place, { childList: true, subtree: true, characterData: true });
            }
            """);
        var told = platform.Overviews;
        await Eventually.HoldsAsync(() => platform.Overviews >= told + 3);
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("() => window.changes"));
    }

    [Fact]
    public async Task A_page_that_nobody_looks_at_is_not_kept_up_to_date()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "network");
        await Eventually.HoldsAsync(() => platform.Streams == 1);
        await SetHiddenAsync(page, true);
        await Eventually.HoldsAsync(() => platform.Streams == 0);
        await SetHiddenAsync(page, false);
        await Eventually.HoldsAsync(() => platform.Streams == 1);
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_and_what_was_shown_stays()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "network");
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("live");
        var leaders = page.Page.Locator(".card").Filter(new() { HasText = "Leader outcomes by authority" });
        await Assertions.Expect(leaders.Locator("tbody tr")).ToHaveCountAsync(4);

        platform.IsDatabaseAway = true;
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("the database does not answer");
        await Assertions.Expect(leaders).ToContainTextAsync("Not up to date: the database does not answer; try again shortly.", new() { Timeout = 20_000 });
        await Assertions.Expect(leaders.Locator("tbody tr")).ToHaveCountAsync(4);

        platform.IsDatabaseAway = false;
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("live");
        await Assertions.Expect(leaders.GetByText("Not up to date")).ToHaveCountAsync(0, new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task A_stream_that_was_refused_is_asked_for_again()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.RefusesStreams = true;
        await using var page = await OpenAsync(platform, "network");
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("not connected");
        platform.RefusesStreams = false;
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("live", new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task Log_lines_show_once_however_they_come_and_as_text()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiment/second");
        var lines = page.Page.GetByRole(AriaRole.Log).Locator("li");
        await Assertions.Expect(lines.Filter(new() { HasText = "live line 4" })).ToHaveCountAsync(1);
        await Assertions.Expect(lines.Filter(new() { HasText = "round 1 begins" })).ToHaveCountAsync(1);
        await Assertions.Expect(lines.First).ToContainTextAsync("round 1 begins");
        await Assertions.Expect(lines.Nth(1)).ToContainTextAsync(FakePlatform.Hostile);
        await Assertions.Expect(page.Page.Locator("img")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_template_keeps_its_network_and_what_cannot_be_read_is_not_sent()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiments/first");
        await page.Page.GetByText("More settings").ClickAsync();
        await Assertions.Expect(page.Page.GetByLabel("Network")).ToHaveValueAsync("""{"type":"embedded","committee":7}""");
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("third");
        await page.Page.GetByLabel("Seed").FillAsync("seven");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Seed cannot be read");
        Assert.Empty(platform.Posts);

        await page.Page.GetByLabel("Seed").FillAsync("7");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#experiment/third$"));
        Assert.Contains("\"network\":{\"type\":\"embedded\",\"committee\":7}", platform.Posts.Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_validator_that_never_came_up_is_seen_to_be_missing()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "network");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "never seen" })).ToContainTextAsync("mysticeti-node3");
    }

    [Fact]
    public async Task A_mangled_address_is_a_view_that_is_not_there()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var page = await OpenAsync(platform, "experiment/%E0%A4");
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("there is no experiment");
    }

    private async Task<WatchedPage> OpenAsync(FakePlatform platform, string view)
    {
        Assert.SkipUnless(HtmlReport.IsAvailable, "the runner was built without Node.js");
        var page = await browser.OpenAsync(1280, ColorScheme.Light);
        await page.Page.GotoAsync($"{platform.Address}#{view}");
        return page;
    }

    private static async Task SetHiddenAsync(WatchedPage page, bool hidden) => await page.Page.EvaluateAsync(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", hidden);
}
