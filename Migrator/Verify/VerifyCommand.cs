using System.CommandLine;
using System.Globalization;
using LaunchStack.Migrator.Session;

namespace LaunchStack.Migrator.Verify;

/// <summary><c>migrator verify</c></summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var html = new Option<FileInfo?>("--html") { Description = "Also write the report to this file as one self-contained HTML page.", HelpName = "FILE" };
        var workers = WorkersOption.Create();
        var command = new Command(
            "verify",
            "Reads both sides again and compares every window: counts, least, greatest and exact sums of each column, and a checksum of the rows; "
            + "names the rows that differ. Also references, rollups and policies. Exit code 3 when anything differs.") { json, html, workers };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            async (session, token) =>
            {
                if (parsed.GetValue(html) is { } page)
                    RequireWritable(page);
                var report = await RunAsync(session, parsed.GetValue(workers), token);
                Print(report, parsed.GetValue(json));
                if (parsed.GetValue(html) is { } file)
                    await File.WriteAllTextAsync(file.FullName, VerifyPage.Render(report, TimeProvider.System.GetUtcNow()), token);
                return report.Matches ? ExitCode.Done : ExitCode.Refused;
            },
            cancellationToken));
        return command;
    }

    /// <summary>Before the work, which may take hours. What is there already stays until the report is.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    private static void RequireWritable(FileInfo file)
    {
        try
        {
            var isNew = !file.Exists;
            file.Open(FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            if (isNew)
                file.Delete();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--html: {error.Message} Name a file that may be written, in a directory that is there.");
        }
    }

    public static async Task<VerifyReport> RunAsync(MigratorSession session, int? workers, CancellationToken cancellationToken)
    {
        await session.UpdateSchemaAsync(policies: false, cancellationToken);
        using var environment = session.Environment(workers);
        return await new Verification(environment).RunAsync(cancellationToken);
    }

    public static void Print(VerifyReport report, bool json)
    {
        if (json)
        {
            JsonOutput.Print(report);
            return;
        }

        if (report.Scope is { } scope)
            Console.WriteLine($"note: {scope}");
        foreach (var finding in report.Findings)
            Console.WriteLine(finding);
        foreach (var job in report.FailingJobs)
            Console.WriteLine($"warning: {job}");
        foreach (var table in report.Tables)
        {
            Console.WriteLine(
                $"{table.Table,-24} {table.SourceRows,12} in the original, {table.TargetRows,12} in the target, {table.Quarantined.Values.Sum(),8} quarantined");
            foreach (var (reason, rows) in table.Quarantined)
                Console.WriteLine($"  {rows,12} {reason}");
        }

        foreach (var excess in report.Excesses)
            Console.WriteLine($"warning: {excess}");
        if (report.OpenTransactions is { } open)
            Console.WriteLine($"warning: {open}, then run catch-up and verify again; cutover refuses meanwhile.");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Counted.Of(report.Windows.Count, "window")}, {Counted.Of(report.SourceRows, "sample")} in the original = {report.MovedRows} moved + {report.QuarantinedRows} quarantined, {report.Duration.TotalSeconds:0.0} s"));
        Console.WriteLine(report.Matches ? "both sides match" : "the sides do NOT match");
    }
}
