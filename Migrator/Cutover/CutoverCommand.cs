using System.CommandLine;
using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.CommandLine;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using LaunchStack.Migrator.Verify;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.Migrator.Cutover;

/// <summary><c>migrator cutover</c></summary>
internal static class CutoverCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the moment and the change as JSON." };
        var command = new Command(
            "cutover",
            "Looks once more whether the target holds all that the original holds, and was verified so; then writes down the moment and prints the one change to make. "
            + "Stop whatever writes to the original before. Exit code 3 when something is still to be done.") { json };
        command.SetAction((parsed, cancellationToken) => MigratorCommand.InSession(
            async (session, token) =>
            {
                await SchemaMigration.ApplyAsync(session.TargetConnectionString, session.Lifecycle, session.Logger, token);
                var at = await RunAsync(session.OriginalConnectionString, session.TargetConnectionString, session.Logger, token);
                Print(new(at, new NpgsqlConnectionStringBuilder(session.TargetConnectionString) { Password = null }.ConnectionString), parsed.GetValue(json));
                return ExitCode.Done;
            },
            cancellationToken));
        return command;
    }

    /// <summary>When the cutover was: now, or at an earlier call.</summary>
    /// <exception cref="RefusedException">Not copied, not caught up or not verified; the message says which command comes next.</exception>
    public static async Task<DateTime> RunAsync(
        string sourceConnectionString, string targetConnectionString, ILogger logger, CancellationToken cancellationToken)
    {
        await using var target = await DatabaseConnection.OpenAsync(
            DatabaseConnection.Prepare(targetConnectionString), logger, TimeProvider.System, cancellationToken);
        if (await MigrationRun.FindAsync(target, cancellationToken) is { CutoverAt: { } earlier })
            return earlier;
        await using var turn = await MigrationLock.TakeAsync(target, TimeProvider.System, cancellationToken);
        var run = await CatchUpRunner.RequireCopyAsync(target, cancellationToken);
        await using var snapshot = await OriginalSnapshot.TakeAsync(sourceConnectionString, logger, cancellationToken);
        var original = await OriginalDatabase.DetectAsync(snapshot.Connection, cancellationToken);
        run.RequireSame(original);

        var changed = await ChangedWindows.FindAsync(snapshot, original, new SampleQuery(original.Samples), run, target, cancellationToken);
        var findings = new List<string>();
        foreach (var relation in original.Relations)
            findings.AddRange(await new RelationVerification(snapshot.Connection, target).CompareAsync(relation, cancellationToken));
        if (changed.Count > 0 || findings.Count > 0)
            throw new RefusedException(
                $"The original has changed since the last pass: {changed.Count} windows with {changed.Sum(w => w.Rows)} samples, "
                + $"and {findings.Count} rows of other tables{(findings.Count > 0 ? $" ({findings[0]})" : "")}. "
                + "Stop whatever still writes to it, then run catch-up, verify and cutover again.");
        if (run.VerifiedAt is null)
            throw new RefusedException("What the target holds now has not been verified. Run verify, then cutover again.");
        if (await target.ScalarAsync<bool>($"SELECT EXISTS ({PausedPolicies.Unfinished})", cancellationToken))
            throw new RefusedException("Policies of the target are still paused by a pass that was cut short. Run catch-up, verify and cutover again.");

        await using var transaction = await target.BeginTransactionAsync(cancellationToken);
        var at = await target.ScalarAsync<DateTime>("UPDATE migration_runs SET cutover_at = now() RETURNING cutover_at", cancellationToken);
        await PausedPolicies.RestoreWithinAsync(target, retention: true, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return at;
    }

    private static void Print(CutoverAnswer answer, bool json)
    {
        if (json)
        {
            JsonOutput.Print(answer);
            return;
        }

        Console.WriteLine(
            $"""
            Cutover at {answer.CutoverAt:u}. The target holds every row of the original, verified.
            The one change, in the environment of every service (with the password added), then restart them:
              ConnectionStrings__launchstack={answer.ConnectionString}
            Under the AppHost: set it there, and leave ConnectionStrings__original out.
            The way back: migrator rollback --reverse-sync.
            """);
    }

    /// <summary>What the verb answers.</summary>
    /// <param name="CutoverAt">Since when the target takes samples by itself.</param>
    /// <param name="ConnectionString">The one change: where the services write from now on, without the password.</param>
    private sealed record CutoverAnswer(DateTime CutoverAt, string ConnectionString);
}
