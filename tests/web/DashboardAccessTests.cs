using Microsoft.Playwright;
using Mysticeti.Engine.Reports;
using Mysticeti.Platform;
using Mysticeti.Platform.Hosting;

namespace Mysticeti.Web.Tests;

/// <summary>The dashboard of a platform that wants tokens: the browser asks for one as a password.</summary>
public sealed class DashboardAccessTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const string Read = "0000000000000001", Operate = "0000000000000002";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mysticeti-access-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(Operate, "network")]
    [InlineData(Read, "role operate is needed")]
    public async Task The_password_opens_the_page_and_its_stream_and_its_role_says_what_may_be_started(string password, string answer)
    {
        Assert.SkipUnless(HtmlReport.IsAvailable, "the runner was built without Node.js");
        using var end = new CancellationTokenSource();
        var settings = new PlatformSettings
        {
            Services = PlatformSettings.ServiceNames, WorkingDirectory = _directory.FullName, BasePort = 0,
            Tokens = AccessTokens.Parse([$"read={Read}", "ingest=0000000000000003", $"operate={Operate}"], "test"),
        };
        await using var server = await PlatformServer.StartAsync(settings, PlatformNetwork.None(), TimeProvider.System, TextWriter.Null, default);
        var running = server.RunAsync(end.Token);
        await using var page = await browser.OpenAsync(1280, ColorScheme.Light, password);
        await page.Page.GotoAsync($"{server.Urls["dashboard"]}#experiments");
        await Assertions.Expect(page.Page.Locator("header [role=status]")).ToContainTextAsync("live");
        await page.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("first");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(answer);
        await end.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
