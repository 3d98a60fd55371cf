using System.CommandLine;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Cutover;

/// <summary><c>migrator cutover</c></summary>
internal static class CutoverCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the moment and the change as JSON." };
        var limit = QuarantineLimitOption.Create();
        var writesStopped = new Option<bool>("--writes-stopped")
        {
            Description = "Nothing writes to the servers behind the original's foreign tables any more, which cannot be seen from the original.",
        };
        var command = new Command(
            "cutover",
            "Looks once more whether the target holds all that the original holds, and was verified so; then writes down the moment and prints "
            + "the one change to make. Stop whatever writes to the original before. Exit code 3 when something is still to be done.") { json, limit, writesStopped };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            async (session, token) =>
            {
                await session.UpdateSchemaAsync(policies: true, token);
                using var environment = session.Environment();
                var at = await new CutoverRunner(environment, new(parsed.GetValue(limit)), parsed.GetValue(writesStopped)).RunAsync(token);
                Print(
                    new(at, ConnectionText.WithoutSecrets(session.TargetConnectionString)),
                    parsed.GetValue(json));
                return ExitCode.Done;
            },
            cancellationToken));
        return command;
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
