using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.CatchUp;

/// <summary><c>migrator catch-up</c></summary>
internal static class CatchUpCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one line of JSON a pass." };
        var follow = new Option<bool>("--follow") { Description = "Go on until Ctrl+C, a few seconds behind the original." };
        var command = new Command(
            "catch-up",
            "After copy, while the old system still writes: moves what is new, changed or gone in the original since the last pass. "
            + "The original is only read. Stopped at any point, it goes on when it is started again.") { json, follow };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            (session, token) => RunAsync(session, parsed.GetValue(follow), parsed.GetValue(json), token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(MigratorSession session, bool follow, bool json, CancellationToken cancellationToken)
    {
        try
        {
            await session.UpdateSchemaAsync(policies: true, cancellationToken);
            using var environment = session.Environment();
            var runner = new CatchUpRunner(environment, follow);
            while (true)
            {
                try
                {
                    Print(await runner.RunPassAsync(cancellationToken), json);
                }
                catch (Exception error) when (follow && RecoveryConflict.Is(error))
                {
                    RecoveryConflict.Log(session.Logger, error);
                }

                if (!follow)
                    break;
                await Task.Delay(runner.Pause, environment.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (follow)
        {
            // Ctrl+C is how following ends; a pass that it cut is taken up by the next.
        }
        return ExitCode.Done;
    }

    private static void Print(CatchUpPass pass, bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(pass, JsonSerializerOptions.Web)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"new or changed: {Counted.Of(pass.Windows, "window")} with {Counted.Of(pass.Rows, "sample")}; {pass.MovedRows} moved + {pass.QuarantinedRows} quarantined in all; "
            + $"newest sample {pass.Age()}; {pass.Duration.TotalSeconds:0.0} s"));
}
