using System.Diagnostics;
using System.Globalization;
using LaunchStack.Migrator.Copy;

namespace LaunchStack.Migrator.Tests;

/// <summary>The migrator as a process: killed with -9 at a moment that a seed gives, or run to its end.</summary>
internal static class KilledMigrator
{
    // LAUNCHSTACK_KILL_SEED for other moments.
    private static readonly Random Moments = new(Number("LAUNCHSTACK_KILL_SEED") ?? 2026);

    /// <summary>How often to kill; <c>LAUNCHSTACK_KILLS</c> for more.</summary>
    public static int Times(int usual) => Number("LAUNCHSTACK_KILLS") ?? usual;

    public static Task RunAsync(TestPostgres original, TestTimescale target, params string[] verb) =>
        RunAsync(original, target, TimeSpan.FromMilliseconds(1200), verb);

    /// <summary>Likewise, within so much of half a second after its start.</summary>
    public static async Task RunAsync(TestPostgres original, TestTimescale target, TimeSpan within, params string[] verb)
    {
        using var process = Start(original.ConnectionString, target.ConnectionString, verb);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        int moment;
        lock (Moments)
            moment = Moments.Next(500, 500 + (int)within.TotalMilliseconds);
        await Task.Delay(TimeSpan.FromMilliseconds(moment), TimeProvider.System, TestContext.Current.CancellationToken);
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

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : null;

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
