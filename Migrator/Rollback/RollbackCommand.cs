using System.CommandLine;
using System.Globalization;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Rollback;

/// <summary><c>migrator rollback</c></summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var reverse = new Option<bool>("--reverse-sync")
        {
            Description = "Write the samples that came and the users, instances and payments that came or changed since the cutover to the original first, and compare. "
                + "ConnectionStrings__original must name a user who may write there.",
        };
        var deletions = new Option<bool>("--allow-deletions")
        {
            Description = "With --reverse-sync: delete in the original what was deleted in the target since the cutover, however many rows they are.",
        };
        var losses = new Option<bool>("--allow-losses")
        {
            Description = "With --reverse-sync: go back although the original has no table or column for some values of the target; the report counts them.",
        };
        var command = new Command(
            "rollback",
            "The way back after a cutover: says what the original lacks and the one change to make. Writes nothing, except with --reverse-sync. "
            + "Stop the services before; run again, it goes on where it was. Exit code 3 when the sides do not match.") { json, reverse, deletions, losses };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            async (session, token) =>
            {
                var write = parsed.GetValue(reverse);
                using var environment = session.Environment();
                var report = await new ReverseSync(environment, parsed.GetValue(deletions), parsed.GetValue(losses)).RunAsync(write, token);
                if (parsed.GetValue(json))
                    JsonOutput.Print(report);
                else
                    Print(report, write, ConnectionText.WithoutSecrets(session.OriginalConnectionString));
                return report.Findings.Count == 0 ? ExitCode.Done : ExitCode.Refused;
            },
            cancellationToken));
        return command;
    }

    private static void Print(RollbackReport report, bool write, string original)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(report.Samples, "sample")} came into the target since the cutover at {report.CutoverAt:u}."));
        if (report.ReturnedAt is { } returned)
            Console.WriteLine(
                $"The way back was complete at {returned:u}{(write ? $", and nothing has come into the target since: nothing was written, and what the original has taken in since stands. "
                + $"If the target's values are to be written there once more: {ReverseSync.Again}, then run this again" : "")}.");
        else if (!write && report.Samples > 0)
            Console.WriteLine("The original lacks those that no way back has brought it. To take them along: migrator rollback --reverse-sync.");
        else if (write)
            Console.WriteLine(
                $"Written to the original: {Counted.Of(report.Written, "sample")}, {string.Join(", ", report.Relations.Select(r => $"{r.Added} new, {r.Changed} changed and {r.Deleted} deleted {r.Table}"))}; the rest was there.");
        foreach (var note in report.Notes)
            Console.WriteLine($"note: {note}");
        foreach (var loss in report.Losses)
            Console.WriteLine($"lost: {loss}");
        foreach (var finding in report.Findings)
            Console.WriteLine(finding);
        if (report.Findings.Count > 0)
        {
            Console.WriteLine("The original does NOT hold all that the target holds.");
            return;
        }
        Console.WriteLine(
            $"""
            {(!write || report.ReturnedAt is not null ? "" : $"The original holds every one of them, with the same values{(report.Losses.Count > 0 ? ", but for what is lost" : "")}. ")}The one change, in the environment of every service (with the password added), then restart them:
              ConnectionStrings__launchstack={original}
            To move again later, use an empty target.
            """);
    }
}
