using System.Diagnostics;
using System.Globalization;
using LaunchStack.Migrator.Copy;
using LaunchStack.TestSupport;

namespace LaunchStack.Migrator.Tests;

/// <summary>The migrator as a process: killed with -9 at a random moment of its work, or run to its end.</summary>
internal static class KilledMigrator
{
    /// <summary>How often to kill; <c>LAUNCHSTACK_KILLS</c> for more.</summary>
    public static int Times(int usual) =>
        Environment.GetEnvironmentVariable("LAUNCHSTACK_KILLS") is { Length: > 0 } kills ? int.Parse(kills, CultureInfo.InvariantCulture) : usual;

    public static async Task RunAsync(TestPostgres original, TestTimescale target, params string[] verb)
    {
        using var process = Start(original.ConnectionString, target.ConnectionString, verb);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(500, 1700)), TimeProvider.System, TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Its exit code and what it said about the work.</summary>
    public static Task<(int ExitCode, string Error)> RunToEndAsync(TestPostgres original, TestTimescale target, params string[] verb) =>
        RunToEndAsync(original.ConnectionString, target.ConnectionString, verb);

    /// <summary>Likewise, with any text for the connection strings.</summary>
    public static async Task<(int ExitCode, string Error)> RunToEndAsync(string original, string target, params string[] verb)
    {
        using var process = Start(original, target, verb);
        process.BeginOutputReadLine();
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }

    private static Process Start(string original, string target, string[] verb)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet",
            [typeof(CopyRunner).Assembly.Location, .. verb])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__original"] = original;
        start.Environment["ConnectionStrings__launchstack"] = target;
        return Process.Start(start)!;
    }
}
