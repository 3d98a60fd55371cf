using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Verify;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Migrator.Tests;

/// <summary>The verbs as the command line calls them, without a word.</summary>
internal static class Verbs
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static MigrationEnvironment Between(string original, string target, LifecycleOptions? lifecycle = null, TimeProvider? time = null) => new(
        original, target, lifecycle ?? new(), NullLogger.Instance, time ?? TimeProvider.System,
        new(TextWriter.Null, terminal: false, TimeProvider.System));

    public static Task<PlanReport> PlanAsync(string original, string target, LifecycleOptions? lifecycle = null) =>
        new Planner(Between(original, target, lifecycle)).RunAsync(Token);

    public static Task<CopyResult> CopyAsync(string original, string target, CopyOptions? options = null, TimeProvider? time = null, LifecycleOptions? lifecycle = null) =>
        new CopyRunner(Between(original, target, lifecycle, time), options ?? new()).RunAsync(Token);

    public static Task<CatchUpPass> CatchUpAsync(TestPostgres original, TestTimescale target) =>
        CatchUpAsync(original.ConnectionString, target.ConnectionString);

    public static Task<CatchUpPass> CatchUpAsync(string original, string target) =>
        new CatchUpRunner(Between(original, target)).RunPassAsync(Token);

    public static Task<DateTime> CutoverAsync(TestPostgres original, TestTimescale target, double limit = 1) =>
        CutoverAsync(original.ConnectionString, target.ConnectionString, limit);

    public static Task<DateTime> CutoverAsync(string original, string target, double limit = 1) =>
        new CutoverRunner(Between(original, target), new(limit)).RunAsync(Token);

    public static Task<VerifyReport> VerifyAsync(TestPostgres original, TestTimescale target) =>
        VerifyAsync(original.ConnectionString, target.ConnectionString);

    public static Task<VerifyReport> VerifyAsync(string original, string target) =>
        new Verification(Between(original, target)).RunAsync(Token);
}
