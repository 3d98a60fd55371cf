using System.Globalization;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Verify;
using LaunchStack.Usage;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Proves that the original holds every sample that the target has taken in since the cutover, and those that were moved, with the same
/// values but for those of columns that its triggers have set, and <see cref="StandIns"/>.
/// </summary>
internal sealed class ReverseVerification(
    OriginalSnapshot snapshot, OriginalDatabase original, NpgsqlConnection target, MigrationRun run, DateTime cutover, ExtraColumns extras,
    OriginalFacts facts, IReadOnlySet<string> triggered)
{
    private static readonly DateTime Latest = TimeBucket.Last.UtcDateTime;

    private readonly long _cutover = PostgresTime.FromDateTime(cutover);
    private readonly string _since = BackSample.Since(cutover);
    private readonly StandIns _standIns = new(original.Samples, facts, extras);
    private readonly Dictionary<OriginalColumn, long> _computed = [];

    // Where what was moved ends, see BackSample.Since.
    private long _end;

    /// <param name="isLast">What was moved and is not there is a finding; otherwise it can be written again.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<ReverseFindings> RunAsync(bool isLast, CancellationToken cancellationToken)
    {
        await _standIns.LoadAsync(snapshot.Connection, cancellationToken);
        var query = original.SampleQuery(extras);
        var scan = await SourceScan.RunAsync(snapshot, query, Latest, cancellationToken);
        var reader = new OriginalReader(snapshot.Connection, query, Latest);
        var moved = new MovedSample(target, reader);
        var books = (await new MigrationLedger(target).WindowsAsync(cancellationToken)).Where(w => w.Done && w.Start > SourceWindow.Outside).ToDictionary(w => w.Start);
        var windows = scan.Windows(run.ChunkInterval, [.. books.Values.Select(w => (w.Start, w.End))]).Where(w => !w.IsOutside).ToList();
        windows.AddRange(LedgerWindow.Gone(books.Values, windows).ToList());
        windows.AddRange(await BesideAsync(windows, cancellationToken));
        _end = PostgresTime.FromDateTime(LedgerWindow.EndOf(books.Values));
        SampleBuffer here = new(), there = new();
        var (findings, lost) = (new List<string>(), new List<SourceWindow>());
        var compared = 0L;
        foreach (var window in windows)
        {
            foreach (var part in await reader.PartsAsync(window, cancellationToken))
            {
                here.Clear();
                await LegacySampleReader.ReadAsync(target, LegacySampleReader.SelectTarget(part, extras), extras.Binary, here, cancellationToken);
                if (here.Count == 0)
                    continue;
                await reader.ReadAsync(part, there, cancellationToken);
                var (live, hasLost) = Compare(here, there, await moved.FindAsync(part, there, new HashSet<int>(), cancellationToken), findings, isLast);
                compared += live;
                if (hasLost)
                    lost.Add(part);
            }
        }

        var all = await target.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE {_since} AND deleted_at IS NULL", cancellationToken);
        if (all != compared)
            findings.Add($"{all - compared} samples of the target came while both sides were compared. If the services still write to the target, stop them and run this again.");
        return new(
            findings.Count <= WindowVerification.RowsNamed ? findings : [.. findings[..WindowVerification.RowsNamed], $"and {findings.Count - WindowVerification.RowsNamed} more"], lost,
            await HeldState.OfOriginalAsync(snapshot.Connection, original, scan, cancellationToken), await NotesAsync([.. books.Values], windows, cancellationToken))
        {
            Losses = [.. _computed.Select(c => UnplacedValues.Computed(original.Samples, facts, c.Key, c.Value))],
        };
    }

    /// <summary>Times in which the target has samples, and the original neither has any nor had when it was moved.</summary>
    private async Task<List<SourceWindow>> BesideAsync(List<SourceWindow> windows, CancellationToken cancellationToken)
    {
        windows.Sort((a, b) => a.Start.CompareTo(b.Start));
        return await target.QueryAsync(
            $"""
            SELECT date_bin('{SourceScan.Grain}', "timestamp", '1970-01-01 00:00:00+00') FROM resource_usage
            WHERE "timestamp" >= coalesce($2[width_bucket("timestamp", $1)], '1970-01-01') AND "timestamp" < $3 GROUP BY 1
            """, r => SourceWindow.Gone(r.GetDateTime(0), r.GetDateTime(0) + SourceScan.Grain), cancellationToken,
            windows.Select(w => w.Start).ToArray(), windows.Select(w => w.End).ToArray(), Latest);
    }

    // What was moved and is in the target no more may have been deleted or be out of its retention, which nobody can tell apart.
    private async Task<IReadOnlyList<string>> NotesAsync(IReadOnlyList<LedgerWindow> books, IReadOnlyList<SourceWindow> windows, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        var rows = windows.ToDictionary(w => w.Start, w => w.Rows);
        var fewer = books.Sum(b => Math.Max(0, b.SourceRows - rows[b.Start]));
        if (fewer > 0)
            notes.Add(
                $"{original.Samples.Display} holds {Counted.Of(fewer, "row")} fewer than at the cutover that the target does not hold as live samples either: rows that were quarantined "
                + "(migration_quarantine of the target has them), or what its retention has dropped.");
        // What came since hides what went. The original, which holds both, has more then, and also what it took in by itself; what was moved and is
        // not as old any more may have been raised.
        var gone = (await target.QueryAsync(
            $"""
            WITH books AS (SELECT array_agg(window_start ORDER BY window_start) AS starts, array_agg(window_end ORDER BY window_start) AS ends
                           FROM migration_windows WHERE done AND isfinite(window_start)),
            held AS (SELECT n, count(*) AS samples, count(*) FILTER (WHERE isSince) AS since
                     FROM books, LATERAL (SELECT width_bucket("timestamp", starts) AS n, "timestamp" AS time, {_since} AS isSince FROM resource_usage) r
                     WHERE n > 0 AND time < ends[n] GROUP BY 1)
            SELECT w.window_start, w.moved_rows - coalesce(h.samples, 0), w.quarantined_rows + coalesce(h.samples, 0), coalesce(h.since, 0)
            FROM migration_windows w LEFT JOIN (SELECT starts[n] AS window_start, samples, since FROM books, held) h USING (window_start)
            WHERE w.done AND isfinite(w.window_start)
            """, r => (Start: r.GetDateTime(0), Fewer: r.GetInt64(1), Known: r.GetInt64(2), Since: r.GetInt64(3)), cancellationToken))
            .Sum(w => Math.Max(0, Math.Max(w.Fewer, Math.Min(w.Fewer + w.Since, rows[w.Start] - w.Known))));
        if (gone > 0)
            notes.Add(
                $"At least {gone} samples that were moved are in the target no more: deleted there, or dropped by its retention. They stay in the original. "
                + "To take some out of it, DELETE them there.");
        return notes;
    }

    /// <returns>How many live samples came or changed since the cutover, and whether some that were moved are not there any more.</returns>
    private (int Live, bool HasLost) Compare(
        SampleBuffer here, SampleBuffer there, Dictionary<(Guid Instance, long Time), MovedSample.Choice> moved, List<string> findings, bool isLast)
    {
        var (live, hasLost) = (0, false);
        for (var i = 0; i < here.Count; i++)
        {
            ref var row = ref here[i];
            var name = string.Create(CultureInfo.InvariantCulture, $"instance {row.InstanceId} at {PostgresTime.ToDateTime(row.Timestamp):yyyy-MM-dd HH:mm:ss.ffffff}Z");
            var chosen = moved.GetValueOrDefault((row.InstanceId, row.Timestamp));
            var isMoved = row.ReceivedAt < _cutover && row.Timestamp < _end;
            var isLive = row.IsNull(EncodedSample.Deleted);
            live += isLive && !isMoved ? 1 : 0;
            var finding = isLive switch
            {
                false when chosen.HasSound => "marked as deleted in the target, and not in the original",
                true when !chosen.IsSound => "missing in the original",
                true when Difference(here, i, there, chosen.Position) is { } column => $"{column} differs in the original"
                    + (chosen.Candidates > 1 ? " (of several samples of this instant another comes first there: DELETE those that are not the target's)" : ""),
                _ => null,
            };
            if (finding is null)
                continue;
            if (isMoved && !isLast)
                hasLost = true;
            else
                findings.Add($"{finding}: {name}");
        }

        return (live, hasLost);
    }

    private string? Difference(SampleBuffer left, int at, SampleBuffer right, int position)
    {
        ref var here = ref left[at];
        ref var there = ref right[position];
        for (var column = EncodedSample.FirstMeasure; column < EncodedSample.Received; column++)
        {
            if (original.Samples.Find(LegacySampleColumns.Names[column]) is not { } measure || triggered.Contains(LegacySampleColumns.Names[column]))
                continue;
            // A column of generation 3 may not be null: what was not measured is 0 there. Nor is NULL brought to what is computed.
            var same = here.IsNull(column)
                ? there.IsNull(column) || facts.Computed.Contains(measure.Name) || (there.Bits(column) == 0 && facts.NotNull.Contains(measure.Name))
                : !there.IsNull(column) && here.Bits(column) == there.Bits(column);
            if (!same && facts.Computed.Contains(measure.Name))
                _computed[measure] = _computed.GetValueOrDefault(measure) + 1;
            else if (!same)
                return LegacySampleColumns.Names[column];
        }

        for (var column = 0; column < extras.Count; column++)
        {
            var value = ExtraColumns.Field(left.Extras(at).Span, column, out var isNull);
            var held = ExtraColumns.Field(right.Extras(position).Span, column, out var isNullThere);
            var same = isNull ? isNullThere || _standIns.Is(column, held) : !isNullThere && value.SequenceEqual(held);
            if (!same && !triggered.Contains(extras.Columns[column].Column.Name))
                return extras.Columns[column].Column.Name;
        }

        return null;
    }
}
