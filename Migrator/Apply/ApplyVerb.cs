using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Session;
using LaunchStack.Migrator.Verify;

namespace LaunchStack.Migrator.Apply;

/// <summary>What the AppHost runs before the services start: the schema, then the whole move when there is an original.</summary>
internal static class ApplyVerb
{
    public static async Task<int> RunAsync(MigratorSession session, QuarantineLimit limit, CancellationToken cancellationToken)
    {
        if (!session.HasOriginal && await IsOriginalAsync(session, cancellationToken))
        {
            SchemaLog.OriginalLeftAlone(session.Logger);
            return ExitCode.Done;
        }

        await SchemaMigration.ApplyAsync(session.TargetConnectionString, session.Lifecycle, session.Logger, cancellationToken);
        return session.HasOriginal ? await MoveAsync(session, limit, cancellationToken) : ExitCode.Done;
    }

    /// <summary>After a rollback the services run on the original database, which gets no schema of ours.</summary>
    private static async Task<bool> IsOriginalAsync(MigratorSession session, CancellationToken cancellationToken)
    {
        await using var database = await session.OpenTargetAsync(cancellationToken);
        return await database.ScalarAsync<bool>(
            $"""
            SELECT to_regclass('public.{SchemaRunner.Journal}') IS NULL
              AND (to_regclass('public.resource_usages') IS NOT NULL OR to_regclass('public.resource_usage') IS NOT NULL)
            """, cancellationToken);
    }

    /// <summary>Before the services start; after the cutover, later starts leave both databases alone.</summary>
    private static async Task<int> MoveAsync(MigratorSession session, QuarantineLimit limit, CancellationToken cancellationToken)
    {
        MigrationRun? run;
        await using (var target = await session.OpenTargetAsync(cancellationToken))
            run = MigrationRun.RequireNotReturned(await new MigrationLedger(target).FindRunAsync(cancellationToken));
        if (run?.CutoverAt is not null)
            return ExitCode.Done;
        if (run is null && await PlanCommand.RunAsync(session, json: false, cancellationToken) is not ExitCode.Done and var refused)
            return refused;

        CopyCommand.Print(await CopyCommand.RunAsync(session, workers: null, new CopyOptions(), cancellationToken), json: false);
        var report = await VerifyCommand.RunAsync(session, workers: null, cancellationToken);
        VerifyCommand.Print(report, json: false);
        if (!report.Matches)
        {
            await Console.Error.WriteLineAsync(
                "The move does not match the original; the services are not started. See the lines above, correct the cause, run copy and verify again.");
            return ExitCode.Refused;
        }

        // The services that start now write to the target.
        using var environment = session.Environment();
        await new CutoverRunner(environment, limit).RunAsync(cancellationToken);
        return ExitCode.Done;
    }
}
