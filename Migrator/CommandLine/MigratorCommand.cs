using System.CommandLine;
using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Schema;
using LaunchStack.Migrator.Source;
using LaunchStack.Migrator.Status;
using LaunchStack.Migrator.Verify;
using Npgsql;

namespace LaunchStack.Migrator.CommandLine;

/// <summary>The command line: one verb a feature; no verb is what the AppHost runs before the services start.</summary>
internal static class MigratorCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("See --help.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Root()
    {
        var root = new RootCommand(
            "Keeps the LaunchStack database at the newest schema. Reads ConnectionStrings__launchstack and Lifecycle__* from the environment. "
            + "Without a verb: applies the schema and the policies, then plans, copies, verifies and cuts over if ConnectionStrings__original is set and not verified yet. "
            + "Exit codes: 0 done, 1 failed, 2 usage, 3 refused or mismatch.");
        root.SetAction((_, cancellationToken) => InSession(ApplyAsync, cancellationToken));
        root.Subcommands.Add(StatusCommand.Create());
        root.Subcommands.Add(PlanCommand.Create());
        root.Subcommands.Add(CopyCommand.Create());
        root.Subcommands.Add(VerifyCommand.Create());
        root.Subcommands.Add(CatchUpCommand.Create());
        root.Subcommands.Add(CutoverCommand.Create());
        root.Subcommands.Add(RollbackCommand.Create());
        return root;
    }

    private static async Task<int> ApplyAsync(MigratorSession session, CancellationToken cancellationToken)
    {
        if (!session.HasOriginal && await IsOriginalAsync(session, cancellationToken))
        {
            SchemaLog.OriginalLeftAlone(session.Logger);
            return ExitCode.Done;
        }

        await SchemaMigration.ApplyAsync(session.TargetConnectionString, session.Lifecycle, session.Logger, cancellationToken);
        return session.HasOriginal ? await MoveAsync(session, cancellationToken) : ExitCode.Done;
    }

    /// <summary>After a rollback the services run on the original database, which gets no schema of ours.</summary>
    private static async Task<bool> IsOriginalAsync(MigratorSession session, CancellationToken cancellationToken)
    {
        await using var database = await DatabaseConnection.OpenAsync(
            DatabaseConnection.Prepare(session.TargetConnectionString), session.Logger, TimeProvider.System, cancellationToken);
        return await database.ScalarAsync<bool>(
            $"""
            SELECT to_regclass('public.{SchemaRunner.Journal}') IS NULL
              AND (to_regclass('public.resource_usages') IS NOT NULL OR to_regclass('public.resource_usage') IS NOT NULL)
            """, cancellationToken);
    }

    /// <summary>Before the services start; after the cutover, later starts leave both databases alone.</summary>
    private static async Task<int> MoveAsync(MigratorSession session, CancellationToken cancellationToken)
    {
        await using (var target = await DatabaseConnection.OpenAsync(
            DatabaseConnection.Prepare(session.TargetConnectionString), session.Logger, TimeProvider.System, cancellationToken))
        {
            var run = await MigrationRun.FindAsync(target, cancellationToken);
            if (run?.CutoverAt is not null)
                return ExitCode.Done;
            if (run is null && await PlanCommand.RunAsync(session, json: false, cancellationToken) is not ExitCode.Done and var refused)
                return refused;
        }

        CopyCommand.Print(await CopyCommand.RunAsync(session, new CopyOptions(), cancellationToken), json: false);
        var report = await VerifyCommand.RunAsync(session, cancellationToken);
        VerifyCommand.Print(report, json: false);
        if (report.Matches)
        {
            // The services that start now write to the target.
            await CutoverCommand.RunAsync(session.OriginalConnectionString, session.TargetConnectionString, session.Logger, cancellationToken);
            return ExitCode.Done;
        }
        await Console.Error.WriteLineAsync("The move does not match the original; the services are not started. See the lines above, correct the cause, run copy and verify again.");
        return ExitCode.Refused;
    }

    /// <summary>Runs a verb. Whatever ends it, the cause is the last line.</summary>
    public static async Task<int> InSession(
        Func<MigratorSession, CancellationToken, Task<int>> verb, CancellationToken cancellationToken)
    {
        string cause;
        try
        {
            await using var session = MigratorSession.Create();
            var started = TimeProvider.System.GetTimestamp();
            try
            {
                return await verb(session, cancellationToken);
            }
            catch (Exception error) when (LostDatabase.IsMeantBy(error))
            {
                cause = await LostDatabase.DescribeAsync(error, TimeProvider.System.GetElapsedTime(started), session.Databases);
            }
        }
        catch (RefusedException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Refused;
        }
        catch (UsageException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Usage;
        }
        catch (SchemaException error)
        {
            cause = error.Message;
        }
        catch (Exception error) when (error is PostgresException or InvalidOperationException or IOException)
        {
            cause = $"Failed. Run the migrator again once the cause is gone; it goes on where it was.{Environment.NewLine}Cause: {error.Message}";
        }
        catch (OperationCanceledException)
        {
            cause = "Stopped. Run the migrator again; it goes on where it was.";
        }
        catch (Exception error)
        {
            // A fault of ours: the trace for whoever mends it, then the cause as the last line.
            await Console.Error.WriteLineAsync(error.ToString());
            cause = $"Failed by a fault of the migrator. Cause: {error.GetType().Name}: {error.Message}";
        }

        await Console.Error.WriteLineAsync(cause);
        return ExitCode.Failed;
    }
}
