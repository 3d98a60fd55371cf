using System.CommandLine;
using LaunchStack.Migrator.Apply;
using LaunchStack.Migrator.CatchUp;
using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Cutover;
using LaunchStack.Migrator.Plan;
using LaunchStack.Migrator.Rollback;
using LaunchStack.Migrator.Session;
using LaunchStack.Migrator.Status;
using LaunchStack.Migrator.Verify;

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
        var limit = QuarantineLimitOption.Create();
        var root = new RootCommand(
            "Keeps the LaunchStack database at the newest schema. Reads ConnectionStrings__launchstack and Lifecycle__* from the environment. "
            + "Without a verb: applies the schema and the policies, then plans, copies, verifies and cuts over if ConnectionStrings__original is set "
            + "and not verified yet. Exit codes: 0 done, 1 failed, 2 usage, 3 refused or mismatch.")
        {
            StatusCommand.Create(), PlanCommand.Create(), CopyCommand.Create(), VerifyCommand.Create(), CatchUpCommand.Create(),
            CutoverCommand.Create(), RollbackCommand.Create(), limit,
        };
        root.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            (session, token) => ApplyVerb.RunAsync(session, new(parsed.GetValue(limit)), token), cancellationToken));
        return root;
    }
}
