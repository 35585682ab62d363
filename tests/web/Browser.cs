using Microsoft.Playwright;

namespace Mysticeti.Web.Tests;

/// <summary>One Chromium for all tests: the machine's own, nothing is downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static string? Executable => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(directory => Names.Select(name => Path.Combine(directory, name))).FirstOrDefault(File.Exists);

    public async ValueTask InitializeAsync()
    {
        if (Executable is string executable)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = ["--no-sandbox"] });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();

        _playwright?.Dispose();
    }

    /// <summary>A page of its own; the test is skipped where there is no browser.</summary>
    /// <param name="password">What is typed where a server asks for one.</param>
    public async Task<WatchedPage> OpenAsync(int width, ColorScheme scheme, string? password = null)
    {
        if (_browser is null) TestTools.Missing("no Chromium on the PATH: install the package chromium");
        var page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            HttpCredentials = password is null ? null : new HttpCredentials { Username = "operator", Password = password },
        });
        return new WatchedPage(page);
    }
}

/// <summary>A page that remembers what must not happen on it: errors, and requests to other places.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly List<string> _errors = [];
    private readonly List<string> _requests = [];

    public WatchedPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
        page.Request += (_, request) => _requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Everything that the page asked for, itself included.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <summary>Errors and warnings of the console, broken content policies among them.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Waits until every chart that has a place on the page is drawn.</summary>
    public Task ChartsAsync() =>
        Page.WaitForFunctionAsync("() => [...document.querySelectorAll('.plot')].every(plot => plot.clientWidth === 0 || plot.querySelector('canvas'))");

    /// <summary>Pixels by which the content is wider than the window.</summary>
    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>Keeps a picture where MYSTICETI_SCREENSHOTS names a directory, for people to look at.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("MYSTICETI_SCREENSHOTS") is string directory)
        {
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, name + ".png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
