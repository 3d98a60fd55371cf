using System.Globalization;

namespace LaunchStack.Migrator.Status;

/// <summary>The status as text for people.</summary>
internal static class StatusText
{
    public static void Write(DatabaseStatus status, TextWriter output)
    {
        output.WriteLine($"schema       {status.Schema ?? "(none: run the migrator)"}");
        output.WriteLine($"postgres     {status.Postgres}");
        output.WriteLine($"timescaledb  {status.Timescale ?? "(none)"}");
        if (status.Schema is null)
            return;

        output.WriteLine($"quarantine   {Counted.Of(status.QuarantinedRows, "row")}");
        output.WriteLine($"outbox       {Counted.Of(status.OutboxRows, "event")} waiting");
        if (status.Move is { } move)
            Write(move, output);
        output.WriteLine();
        Table(output, ["relation", "chunks", "compressed", "MB", "chunk", "from", "to"], status.Relations.Select(r => new[]
        {
            r.Name, Number(r.Chunks), Number(r.Compressed), (r.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture), r.ChunkInterval.ToString(),
            Time(r.From), Time(r.To),
        }));
        output.WriteLine();
        Table(output, ["job", "runs", "on", "every", "state", "last", "next", "failures", "windows"], status.Jobs.Select(j => new[]
        {
            Number(j.Id), j.Name, j.Relation ?? "", j.Every, j.Scheduled ? "scheduled" : "paused", j.LastStatus ?? "never", Time(j.NextStart),
            Number(j.Failures), j.Config ?? "",
        }));
    }

    private static void Write(MoveStatus move, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"move         from {move.Source}, generation {move.Generation}");
        foreach (var table in move.Tables.Append(move.Samples))
        {
            var books = table.Books;
            output.WriteLine($"{table.Name,-24} {books.SourceRows,12} in the original = {books.MovedRows,12} moved + {books.QuarantinedRows,8} quarantined");
            foreach (var (reason, rows) in table.Quarantine)
                output.WriteLine($"  {rows,12} {reason}");
        }

        output.WriteLine($"windows      {move.WindowsDone} of {move.Windows} done{(move.WindowsToRollUp > 0 ? $", {move.WindowsToRollUp} not rolled up yet" : "")}");
        output.WriteLine($"begun        {Time(move.StartedAt)}");
        output.WriteLine($"copied       {Time(move.CopiedAt)}");
        output.WriteLine($"verified     {Time(move.VerifiedAt)}");
        output.WriteLine($"cutover      {Time(move.CutoverAt)}");
        if (move.ReturnedAt is not null)
            output.WriteLine($"way back     {Time(move.ReturnedAt)}, complete: what the original has taken in since is not here; to move again, use an empty target");
        if (move.PausedJobs.Count > 0)
            output.WriteLine($"paused       policies {string.Join(", ", move.PausedJobs)}, by a copy or catch-up that is running or was cut short; the next one puts them back");
        if (move.CutoverAt is null)
            output.WriteLine("retention    paused until the cutover, so that both sides can be compared");
        if (move.Next is { } next)
            output.WriteLine($"next         migrator {next}");
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";

    private static void Table(TextWriter output, string[] head, IEnumerable<string[]> body)
    {
        var rows = body.Prepend(head).ToList();
        var widths = head.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
