using System.Globalization;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Proves that the original holds every sample that the target has taken in since the cutover, with the same values but for those of columns
/// that its triggers have set.
/// </summary>
internal sealed class ReverseVerification(
    OriginalSnapshot snapshot, OriginalDatabase original, NpgsqlConnection target, MigrationRun run, string since,
    IReadOnlySet<string> triggered)
{
    private const int RowsNamed = 20;
    private static readonly DateTime Latest = new(2500, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly LegacySampleRules Anything = new(Latest, quarantineDeleted: true, _ => true);

    /// <summary>What differs, a line each; empty when nothing does.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var query = original.SampleQuery();
        var scan = await SourceScan.RunAsync(snapshot, query, Latest, cancellationToken);
        var reader = new OriginalReader(snapshot.Connection, query, Latest);
        var copy = (await TargetAbilities.FindAsync(target, cancellationToken)).Copy;
        SampleBuffer here = new(), there = new();
        var findings = new List<string>();
        var compared = 0L;
        foreach (var window in scan.Windows(run.ChunkInterval, []).Where(w => !w.IsOutside))
        {
            here.Clear();
            await LegacySampleReader.ReadAsync(
                target,
                $"SELECT {LegacySampleColumns.Target}, 0::int2, NULL::tid, NULL::text FROM resource_usage WHERE {since} "
                + $"AND \"timestamp\" >= {OriginalReader.Literal(window.Start)} AND \"timestamp\" < {OriginalReader.Literal(window.End)}",
                copy, here, cancellationToken);
            if (here.Count == 0)
                continue;
            await reader.ReadAsync(window, there, cancellationToken);
            compared += Compare(here, there, findings);
        }

        var all = await target.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE {since} AND deleted_at IS NULL", cancellationToken);
        if (all != compared)
            findings.Add($"{all - compared} samples of the target lie in times of which the original has none. If the services still write to the target, stop them and run this again.");
        return findings.Count <= RowsNamed ? findings : [.. findings[..RowsNamed], $"and {findings.Count - RowsNamed} more"];
    }

    /// <returns>How many samples are there to be had.</returns>
    private int Compare(SampleBuffer here, SampleBuffer there, List<string> findings)
    {
        // Of several samples of one instant the one that would be moved.
        var found = new Dictionary<(Guid, long), int>();
        Anything.Classify(there, (position, reason) =>
        {
            if (reason is null)
                found.Add((there[position].InstanceId, there[position].Timestamp), position);
        });
        var live = 0;
        for (var i = 0; i < here.Count; i++)
        {
            ref var row = ref here[i];
            var name = string.Create(CultureInfo.InvariantCulture, $"instance {row.InstanceId} at {LegacySampleReader.FromPostgres(row.Timestamp):yyyy-MM-dd HH:mm:ss.ffffff}Z");
            var isThere = found.TryGetValue((row.InstanceId, row.Timestamp), out var position);
            if (!row.IsNull(SampleRow.Deleted))
            {
                if (isThere)
                    findings.Add($"marked as deleted in the target, and not in the original: {name}");
                continue;
            }

            live++;
            if (!isThere)
                findings.Add($"missing in the original: {name}");
            else if (Difference(in row, in there[position]) is { } column)
                findings.Add($"{column} differs in the original: {name}");
        }

        return live;
    }

    private string? Difference(in SampleRow here, in SampleRow there)
    {
        for (var column = SampleRow.Cpu; column < SampleRow.Received; column++)
        {
            if (original.Samples.Find(LegacySampleColumns.Names[column]) is null || triggered.Contains(LegacySampleColumns.Names[column]))
                continue;
            // A column of generation 3 may not be null: what was not measured is 0 there.
            var same = here.IsNull(column)
                ? there.IsNull(column) || Value(in there, column) == 0
                : !there.IsNull(column) && Value(in here, column) == Value(in there, column);
            if (!same)
                return LegacySampleColumns.Names[column];
        }
        return null;
    }

    // The bits of a float: equal means equal, and 0 is 0.
    private static long Value(in SampleRow row, int column) => column == SampleRow.Cpu ? BitConverter.DoubleToInt64Bits(row.CpuUsage) : row.Size(column);
}
