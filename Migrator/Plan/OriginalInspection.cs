using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.Plan;

/// <summary>Reads the original once, as copy would, and judges every sample by the same rules; keeps only the counts.</summary>
internal sealed class OriginalInspection(OriginalSnapshot snapshot, OriginalDatabase original, MigrationEnvironment environment)
{
    // Seen with 2 M samples on TimescaleDB 2.23: about 15 bytes a sample in columns, 170 with the unique index as rows.
    private const long ColumnarBytes = 15;
    private const long RowBytes = 170;

    // Reading, writing, indexing and rolling up against reading alone, seen likewise.
    private const double CopyToRead = 3;

    public async Task<PlannedOriginal> RunAsync(CancellationToken cancellationToken)
    {
        var tables = new List<PlannedTable>();
        foreach (var table in original.Relations)
            tables.Add(new(table.Name, await snapshot.Connection.ScalarAsync<long>($"SELECT count(*) FROM {table.Quoted}", cancellationToken), table.Bytes));

        var (lifecycle, time) = (environment.Lifecycle, environment.Time);
        var now = time.GetUtcNow().UtcDateTime;
        var latest = LegacySampleRules.LatestAt(now);
        var query = original.SampleQuery();
        var scan = await SourceScan.RunAsync(snapshot, query, latest, cancellationToken);
        var windows = scan.Windows(lifecycle.ChunkInterval, []);
        var started = time.GetTimestamp();
        var dirt = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long moved = 0, deleted = 0, redated = 0, columnar = 0, beyond = 0;
        await ClassifyAsync(query, latest, windows, (window, in row, reason) =>
        {
            if (reason is not null)
            {
                dirt[reason] = dirt.GetValueOrDefault(reason) + 1;
                return;
            }
            moved++;
            deleted += row.IsNull(SampleRow.Deleted) ? 0 : 1;
            redated += row.IsRedated ? 1 : 0;
            columnar += window.End <= now - lifecycle.CompressAfter ? 1 : 0;
            beyond += window.End <= now - lifecycle.RawRetention ? 1 : 0;
        }, cancellationToken);
        var reading = time.GetElapsedTime(started);

        var chunks = windows.Where(w => !w.IsOutside).Select(w => SourceScan.ChunkStart(w.Start, lifecycle.ChunkInterval)).Distinct().Count();
        // While it is moved, up to two chunks stand as rows before they are turned into columns.
        var needed = (columnar * ColumnarBytes) + ((moved - columnar + (2 * moved / Math.Max(1, chunks))) * RowBytes);
        return new(
            original.Generation, tables, new(original.Samples.Name, scan.Rows, original.Samples.Bytes), scan.First, scan.Last,
            new(original.Samples.Name, scan.Rows, moved, scan.Rows - moved), dirt, deleted, redated, beyond, chunks, needed, reading * CopyToRead);
    }

    private async Task ClassifyAsync(
        LegacySampleQuery query, DateTime latest, IReadOnlyList<SourceWindow> windows, Verdict verdict, CancellationToken cancellationToken)
    {
        var instances = await InstancesAsync(cancellationToken);
        var rules = new LegacySampleRules(latest, quarantineDeleted: false, instances.Contains);
        var reader = new OriginalReader(snapshot.Connection, query, latest);
        var rows = new SampleBuffer();
        environment.Progress.Start(windows.Sum(w => w.Rows), 0);
        foreach (var window in windows)
        {
            await reader.ReadAsync(window, rows, cancellationToken);
            rules.Classify(rows, (position, reason) => verdict(window, in rows[position], reason));
            environment.Progress.Add(window.Rows);
        }
        environment.Progress.Stop();
    }

    private async Task<HashSet<Guid>> InstancesAsync(CancellationToken cancellationToken)
    {
        var instances = new HashSet<Guid>();
        if (original.Relations.FirstOrDefault(r => r.Name.Equals("instances", StringComparison.OrdinalIgnoreCase)) is not { } table || table.Find("id") is not { } id)
            return instances;
        await foreach (var row in snapshot.Connection.TextRowsAsync($"SELECT s.{id.Quoted}::text FROM {table.Quoted} s", cancellationToken))
        {
            if (Guid.TryParse(row[0], out var found))
                instances.Add(found);
        }

        return instances;
    }

    private delegate void Verdict(SourceWindow window, in SampleRow row, string? reason);
}
