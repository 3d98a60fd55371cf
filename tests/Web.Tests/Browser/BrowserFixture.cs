using LaunchStack.AppHost.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LaunchStack.Web.Tests.Browser;

/// <summary>A browser that is signed in to pages.</summary>
public abstract class BrowserFixture : IAsyncLifetime
{
    // Milliseconds, as Playwright has them: a machine that does other things as well.
    private const float Patient = 90_000;

    private const string Nobody = """{"cookies":[],"origins":[]}""";

    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>Where the pages are.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Cookies of a browser that is signed in.</summary>
    public string Cookies { get; private set; } = "";

    public abstract ValueTask InitializeAsync();

    /// <summary>A page of a browser that is signed in; closing its context is the caller's.</summary>
    public async Task<IPage> OpenAsync(int width = 1280, ColorScheme theme = ColorScheme.Light, bool script = true, string? cookies = null)
    {
        var context = await Browser.NewContextAsync(new()
        {
            BaseURL = Address, StorageState = cookies ?? Cookies, ColorScheme = theme, JavaScriptEnabled = script, TimezoneId = "Asia/Kolkata",
            ViewportSize = new() { Width = width, Height = 900 },
        });
        context.SetDefaultTimeout(Patient);
        return await context.NewPageAsync();
    }

    /// <summary>Signs a browser in with a key: its cookies.</summary>
    public Task<string> SignInAsync(string key) => SignInAsync("/login", "Sign in", page => page.GetByLabel("API key").FillAsync(key));

    /// <summary>Signs a browser in by a page and its button: its cookies.</summary>
    protected async Task<string> SignInAsync(string path, string button, Func<IPage, Task> fill)
    {
        var page = await OpenAsync(cookies: Nobody);
        await using var context = page.Context;
        await page.GotoAsync(path);
        await fill(page);
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        await Expect(page).ToHaveURLAsync(Address + "/");
        return await context.StorageStateAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Browser is not null)
            await Browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Starts the browser, and signs in as <paramref name="signIn"/> does.</summary>
    protected async Task StartAsync(Uri address, Func<Task<string>> signIn)
    {
        Address = address.GetLeftPart(UriPartial.Authority);
        SetDefaultExpectTimeout(Patient);
        _playwright = await Playwright.CreateAsync();
        Browser = await Chromium.LaunchAsync(_playwright);
        Cookies = await signIn();
    }
}
