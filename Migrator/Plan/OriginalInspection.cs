using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Relations;

namespace LaunchStack.Migrator.Plan;

/// <summary>Reads the original once, as copy would, and judges every sample by the same rules; keeps only the counts.</summary>
internal sealed class OriginalInspection(OriginalSnapshot snapshot, OriginalDatabase original, MigrationEnvironment environment)
{
    // Reading, writing, indexing and rolling up against reading alone, seen likewise.
    private const double CopyToRead = 3;

    /// <param name="relations">What will become of users, instances and payments; empty when that cannot be told.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<PlannedOriginal> RunAsync(
        IReadOnlyList<(RelationShape Shape, RelationOutcome? Outcome)> relations, CancellationToken cancellationToken)
    {
        var instances = relations.FirstOrDefault(r => r.Shape.Name == "instances").Outcome;
        var (lifecycle, time) = (environment.Lifecycle, environment.Time);
        var now = time.GetUtcNow().UtcDateTime;
        var latest = LegacySampleRules.LatestAt(now);
        var query = original.SampleQuery();
        var scan = await SourceScan.RunAsync(snapshot, query, latest, cancellationToken, versions: false);
        var windows = scan.Windows(lifecycle.ChunkInterval, []);
        var started = time.GetTimestamp();
        var dirt = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long moved = 0, deleted = 0, redated = 0, columnar = 0, beyond = 0;
        await ClassifyAsync(query, latest, windows, instances, (window, in row, reason) =>
        {
            if (reason is not null)
            {
                dirt[reason] = dirt.GetValueOrDefault(reason) + 1;
                return;
            }
            moved++;
            deleted += row.IsNull(EncodedSample.Deleted) ? 0 : 1;
            redated += row.IsRedated ? 1 : 0;
            columnar += window.End <= now - lifecycle.CompressAfter ? 1 : 0;
            beyond += window.End <= now - lifecycle.RawRetention ? 1 : 0;
        }, cancellationToken);
        var reading = time.GetElapsedTime(started);

        var needs = TargetNeeds.Of(windows, lifecycle.ChunkInterval, moved, columnar);
        return new(
            original.Generation, [.. relations.Select(Planned)],
            new(
                original.Samples.Display, original.Samples.Bytes, new(original.Samples.Name, scan.Rows, moved, scan.Rows - moved), dirt),
            scan.First, scan.Last, deleted, redated, beyond,
            needs with { Bytes = needs.Bytes + original.Relations.Sum(r => r.Bytes) }, reading * CopyToRead);
    }

    private static PlannedTable Planned((RelationShape Shape, RelationOutcome? Outcome) relation)
    {
        var (shape, outcome) = relation;
        return outcome is null
            ? new(shape.Table.Display, shape.Table.Bytes, new(shape.Name, 0, 0, 0), new Dictionary<string, long>())
            : new(shape.Table.Display, shape.Table.Bytes, new(shape.Name, outcome.Rows, outcome.Accepted, outcome.Rejected.Count), outcome.Reasons);
    }

    private async Task ClassifyAsync(
        LegacySampleQuery query, DateTime latest, IReadOnlyList<SourceWindow> windows, RelationOutcome? instances, Verdict verdict,
        CancellationToken cancellationToken)
    {
        var rules = new LegacySampleRules(latest, quarantineDeleted: false, id => instances?.Accepts(id) == true);
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

    private delegate void Verdict(SourceWindow window, in EncodedSample row, string? reason);
}
