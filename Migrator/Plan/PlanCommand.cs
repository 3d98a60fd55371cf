using System.CommandLine;
using System.Globalization;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Plan;

/// <summary><c>migrator plan</c></summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the plan as JSON." };
        var command = new Command(
            "plan",
            "Reads both sides once and says what copy would do: rows, time range, dirt by kind, chunks, disk, time. Changes nothing. "
            + "Exit code 3, with the reasons, when the move cannot begin.") { json };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            (session, token) => RunAsync(session, parsed.GetValue(json), token), cancellationToken));
        return command;
    }

    /// <summary>Plans and prints.</summary>
    /// <returns><see cref="ExitCode.Refused"/> when the move cannot begin.</returns>
    public static async Task<int> RunAsync(MigratorSession session, bool json, CancellationToken cancellationToken)
    {
        session.Lifecycle.Validate();
        using var environment = session.Environment();
        var report = await new Planner(environment).RunAsync(cancellationToken);
        if (json)
            JsonOutput.Print(report);
        else
            Print(report, Console.Out);
        return report.Problems.Count == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static void Print(PlanReport report, TextWriter output)
    {
        if (report.Original is { } original)
            Print(original, output);
        if (report.Target is { } target)
            output.WriteLine($"target     PostgreSQL {target.Postgres}, TimescaleDB {target.Timescale ?? "missing"}, {target.State}"
                + (target.FreeBytes is { } free ? $", {TargetNeeds.Megabytes(free)} free" : ""));
        foreach (var warning in report.Warnings)
            output.WriteLine($"note       {warning}");
        foreach (var problem in report.Problems)
            output.WriteLine($"REFUSED    {problem}");
        if (report.Problems.Count == 0)
            output.WriteLine(report.Target?.State switch
            {
                "begun" => "The move has begun; it goes on with: migrator copy.",
                "copied" or "verified" => "The move is under way; what comes next: migrator status.",
                "cut over" => "The move is done. The way back: migrator rollback.",
                _ => "The move can begin: migrator copy.",
            });
    }

    private static void Print(PlannedOriginal original, TextWriter output)
    {
        var invariant = CultureInfo.InvariantCulture;
        output.WriteLine($"original   generation {original.Generation}");
        foreach (var table in original.Relations.Append(original.Samples))
            output.WriteLine($"           {table.Name,-24} {table.Books.SourceRows,12} rows  {TargetNeeds.Megabytes(table.Bytes),12}");
        output.WriteLine(string.Create(
            invariant, $"samples    {original.First:yyyy-MM-dd HH:mm} to {original.Last:yyyy-MM-dd HH:mm} UTC, {Counted.Of(original.Needs.Chunks, "chunk")}"));
        foreach (var (name, _, books, quarantine) in original.Relations.Append(original.Samples))
        {
            output.WriteLine(
                $"books      {name,-24} {books.SourceRows} = {books.MovedRows} to move + {books.QuarantinedRows} to quarantine");
            foreach (var (reason, rows) in quarantine)
                output.WriteLine($"           {rows,12} {reason}");
        }

        output.WriteLine(string.Create(
            invariant, $"needs      about {TargetNeeds.Megabytes(original.Needs.Bytes)} of disk, roughly {CopyProgress.Hours(original.EstimatedTime)}"));
    }
}
