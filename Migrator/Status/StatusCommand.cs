using System.CommandLine;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Status;

/// <summary><c>migrator status [--json]</c></summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("status", "Prints versions, how far the move from the original is, hypertable, chunks, rollups, policies and jobs. Changes nothing.") { json };
        command.SetAction((parsed, cancellationToken) =>
            VerbRunner.RunAsync((session, token) => RunAsync(session, parsed.GetValue(json), token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(MigratorSession session, bool json, CancellationToken cancellationToken)
    {
        await using var connection = await session.OpenTargetAsync(cancellationToken);
        var status = await StatusReader.ReadAsync(connection, cancellationToken);
        if (json)
            JsonOutput.Print(status);
        else
            StatusText.Write(status, Console.Out);
        return ExitCode.Done;
    }
}
