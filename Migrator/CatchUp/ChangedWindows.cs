using LaunchStack.Migrator.Copy;
using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>Which windows of the original are not in the target as they are now.</summary>
internal static class ChangedWindows
{
    /// <summary>
    /// New windows, those whose rows changed (another number, or another sum of row hashes), those the original has no row of any
    /// more, and those with a quarantined orphan whose instance has come since. New ones are entered in the target's books.
    /// </summary>
    public static async Task<IReadOnlyList<SourceWindow>> FindAsync(
        OriginalSnapshot snapshot, OriginalDatabase original, SampleQuery query, MigrationRun run, NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var scan = await SourceScan.RunAsync(snapshot, query, run.Earliest, run.Latest, cancellationToken);
        var known = await KnownAsync(target, cancellationToken);
        var windows = scan.Windows(run.ChunkInterval, [.. known.Values.Select(k => (k.Start, k.End))]);
        await CopyRunner.AddWindowsAsync(target, windows, cancellationToken);

        var adopted = await AdoptedAsync(target, original.Samples, cancellationToken);
        var changed = windows
            .Where(w => !known.TryGetValue(w.Start, out var k) || !k.Done || k.Rows != w.Rows || k.Version != w.Version || adopted.Contains(w.Start)).ToList();
        var present = windows.Select(w => w.Start).ToHashSet();
        changed.AddRange(known.Values.Where(k => k.Rows > 0 && !present.Contains(k.Start)).Select(k => SourceWindow.Gone(k.Start, k.End)));
        return changed;
    }

    private static async Task<Dictionary<DateTime, KnownWindow>> KnownAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var known = new Dictionary<DateTime, KnownWindow>();
        await using var command = new NpgsqlCommand(
            "SELECT window_start, window_end, done, source_rows, source_version FROM migration_windows ORDER BY window_start", target);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            known.Add(reader.GetDateTime(0), new(
                reader.GetDateTime(0), reader.GetDateTime(1), reader.GetBoolean(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetDecimal(4)));
        return known;
    }

    /// <summary>Windows with samples that were orphans and are none any more.</summary>
    private static async Task<HashSet<DateTime>> AdoptedAsync(NpgsqlConnection target, OriginalTable samples, CancellationToken cancellationToken)
    {
        var adopted = new HashSet<DateTime>();
        await using var command = new NpgsqlCommand(
            """
            SELECT DISTINCT q.window_start FROM migration_quarantine q JOIN instances i ON i.id::text = lower(q."row" ->> $2)
            WHERE q.source_table = $1 AND q.reason LIKE 'orphan%' AND q.window_start IS NOT NULL
            """, target) { Parameters = { new() { Value = samples.Name }, new() { Value = samples.Find("instance_id")!.Name } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            adopted.Add(reader.GetDateTime(0));
        return adopted;
    }

    private sealed record KnownWindow(DateTime Start, DateTime End, bool Done, long Rows, decimal? Version);
}
