using System.CommandLine;
using System.Globalization;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Copy;

/// <summary><c>migrator copy</c></summary>
internal static class CopyCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the books as JSON." };
        var workers = WorkersOption.Create();
        var deleted = new Option<bool>("--quarantine-deleted") { Description = "Soft-deleted samples go to quarantine instead of being moved with their mark." };
        var plain = new Option<bool>("--no-direct-compress") { Description = "Copy first and compress afterwards, chunk by chunk." };
        var command = new Command(
            "copy",
            "Moves users, instances, payments and samples from ConnectionStrings__original into ConnectionStrings__launchstack. The original is only read. "
            + "Stopped at any point, it goes on when it is started again. Stop the services before: the unique key of the samples is absent meanwhile.")
            { json, workers, deleted, plain };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            async (session, token) =>
            {
                var result = await RunAsync(
                    session, parsed.GetValue(workers), new CopyOptions(parsed.GetValue(deleted), !parsed.GetValue(plain)), token);
                Print(result, parsed.GetValue(json));
                return ExitCode.Done;
            },
            cancellationToken));
        return command;
    }

    public static async Task<CopyResult> RunAsync(MigratorSession session, int? workers, CopyOptions options, CancellationToken cancellationToken)
    {
        using var environment = session.Environment(workers);
        return await new CopyRunner(environment, options).RunAsync(cancellationToken);
    }

    public static void Print(CopyResult result, bool json)
    {
        if (json)
        {
            JsonOutput.Print(result);
            return;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"original of generation {result.Generation}, {result.Duration.TotalSeconds:0.0} s"));
        foreach (var table in result.Tables)
            Console.WriteLine($"{table.Table,-16} {table.SourceRows,12} in the original = {table.MovedRows,12} moved + {table.QuarantinedRows,8} quarantined");
        if (result.Methods.Values.Sum() is var all && all > result.Windows)
            Console.WriteLine(
                $"this run copied {result.Windows} of {Counted.Of(all, "window")}, with {Counted.Of(result.Rows, "sample")}; the others stand as earlier ones left them, and were not read again: "
                + "catch-up looks whether the original has changed there.");
        Console.WriteLine($"windows: {string.Join(", ", result.Methods.Select(r => $"{r.Value} by {r.Key}"))}");
        if (result.Redated > 0)
            Console.WriteLine($"{result.Redated} samples had a created_at that cannot be (0001-01-01, infinity): they count as received at their own time.");
    }
}
