using Microsoft.Playwright;

namespace LaunchStack.AppHost.Tests;

/// <summary>The machine's own Chromium under Playwright; no browser is downloaded.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Find(),
        // Chromium's own sandbox does not start for root, as whom containers build.
        ChromiumSandbox = Environment.UserName != "root",
        Timeout = 120_000,
    });

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("There is no chromium on the PATH: run scripts/prerequisites.sh test, or apt-get install chromium.");
    }
}
