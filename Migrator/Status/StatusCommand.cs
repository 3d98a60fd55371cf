using System.CommandLine;
using LaunchStack.Migrator.CommandLine;
using LaunchStack.Migrator.Schema;

namespace LaunchStack.Migrator.Status;

/// <summary><c>migrator status [--json]</c></summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("status", "Prints versions, how far the move from the original is, hypertable, chunks, rollups, policies and jobs. Changes nothing.") { json };
        command.SetAction((parsed, cancellationToken) =>
            MigratorCommand.InSession((session, token) => RunAsync(session, parsed.GetValue(json), token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(MigratorSession session, bool json, CancellationToken cancellationToken)
    {
        await using var connection = await DatabaseConnection.OpenAsync(
            DatabaseConnection.Prepare(session.TargetConnectionString), session.Logger, TimeProvider.System, cancellationToken);
        var status = await StatusReader.ReadAsync(connection, cancellationToken);
        if (json)
            JsonOutput.Print(status);
        else
            StatusText.Write(status, Console.Out);
        return ExitCode.Done;
    }
}
