using System.Globalization;
using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Usage;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Operations.Advice;

/// <summary>What follows from measurements: a pure function.</summary>
internal static class Advisor
{
    private const double Day = 86_400;

    // TimescaleDB's own advice: what is written to, with its indexes, in a quarter of the memory.
    private const double MemoryShare = 0.25;

    // The rest is for log, compression, backups on their way.
    private const double DiskShare = 0.8;

    // A compressed batch holds at most a thousand rows of one segment; far shorter ones are mostly overhead.
    private const double GoodSegment = 1000;

    // Before compression is known: what samples of this kind usually shrink to.
    private const double UsualRatio = 0.1;

    private static readonly double[] Intervals = [.. new[] { 1, 2, 4, 6, 12, 24, 48, 168 }.Select(hours => hours * 3600.0)];

    /// <summary>Today's settings beside those that the measurements ask for.</summary>
    /// <param name="m">The measurements.</param>
    /// <param name="grace">How long after its end a month stays open, which bounds how early samples may be dropped.</param>
    public static IReadOnlyList<Proposal> Propose(Measurements m, TimeSpan grace)
    {
        var interval = Interval(m);
        return [ChunkInterval(m, interval), CompressAfter(m, interval), Retention(m, StatementNeed.Retention(grace).TotalSeconds), .. Rollup.All.Select(rollup => RefreshWindow(m, rollup)).OfType<Proposal>(), Segment(m, interval)];
    }

    private static double Interval(Measurements m)
    {
        var most = m.MemoryBytes * MemoryShare / (m.RowsPerSecond * m.IndexBytes);
        var fits = Intervals.LastOrDefault(i => i <= most, Intervals[0]);
        // A longer one than today's gains nothing that would be worth the change while today's fits and fills its segments.
        return m.ChunkIntervalSeconds <= most && RowsPerSegment(m, m.ChunkIntervalSeconds) >= GoodSegment ? m.ChunkIntervalSeconds : Math.Min(fits, 7 * Day);
    }

    private static double RowsPerSegment(Measurements m, double interval) => m.RowsPerSecond * interval / Math.Max(1, m.Instances);

    private static Proposal ChunkInterval(Measurements m, double proposed) => Make(
        "Lifecycle:ChunkInterval", m.ChunkIntervalSeconds, proposed,
        $"{m.RowsPerSecond:0.###} rows a second with {m.IndexBytes:0} bytes of indexes each make {Text.Bytes(m.RowsPerSecond * m.IndexBytes * m.ChunkIntervalSeconds)} of index in an open chunk; "
        + $"a quarter of memory is {Text.Bytes(m.MemoryBytes * MemoryShare)}. With {Text.Span(proposed)} it is {Text.Bytes(m.RowsPerSecond * m.IndexBytes * proposed)}.",
        $"SELECT set_chunk_time_interval('resource_usage', INTERVAL '{proposed:0} seconds')");

    private static Proposal CompressAfter(Measurements m, double interval)
    {
        var today = m.CompressAfterSeconds ?? 0;
        if (m.LatenessP9999Seconds is not { } late)
            return Make("Lifecycle:CompressAfter", today, today, "How late samples come has not been seen yet: it is measured as they come.", "");
        // Twice the lateness of all but one in ten thousand, whole hours, and no chunk that may still be open.
        var proposed = Math.Max(interval, Math.Ceiling(2 * late / 3600) * 3600);
        if (m.RetentionSeconds is { } retention)
            proposed = Math.Min(proposed, retention / 2);
        var saved = m.RowsPerSecond * (today - proposed) * (m.RowBytes - Compressed(m));
        return Make(
            "Lifecycle:CompressAfter", today, proposed,
            $"9,999 of 10,000 samples come within {Text.Span(late)} of their time; what comes after compression makes chunks partial. A row has {m.RowBytes:0} bytes before and {Compressed(m):0} after: "
            + $"the change {(saved >= 0 ? "saves" : "costs")} {Text.Bytes(Math.Abs(saved))} of disk.",
            AlterJob("compress_after", proposed, $"timescaledb_information.jobs WHERE {RollupJobs.Compresses} AND hypertable_name = 'resource_usage'"));
    }

    private static Proposal Retention(Measurements m, double least)
    {
        var today = m.RetentionSeconds ?? 0;
        if (m.DiskBytes is not { } disk)
            return Make("Lifecycle:RawRetention", today, today, "The database's disk cannot be seen from here: set Monitoring:DiskPath or Monitoring:DiskBytes.", "");
        var open = m.RowsPerSecond * Math.Min(today, (m.CompressAfterSeconds ?? today) + m.ChunkIntervalSeconds) * m.RowBytes;
        var aSecond = m.RowsPerSecond * Compressed(m);
        var need = open + (Math.Max(0, today - (m.CompressAfterSeconds ?? today)) * aSecond) + m.OtherBytes;
        var room = disk * DiskShare;
        var fits = Math.Floor(((room - open - m.OtherBytes) / aSecond + (m.CompressAfterSeconds ?? 0)) / Day) * Day;
        var proposed = need <= room ? today : Math.Max(least, Math.Min(today, fits));
        return Make(
            "Lifecycle:RawRetention", today, proposed,
            $"Once it is full, {Text.Span(today)} need {Text.Bytes(need)} ({Text.Bytes(open)} of it not compressed, {Text.Bytes(m.OtherBytes)} rollups and all else); four fifths of the disk are {Text.Bytes(room)}."
            + (need > room && fits < least ? $" Even {Text.Span(least)}, the least that a month's statement needs, do not fit: a larger disk." : ""),
            AlterJob("drop_after", proposed, "timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage'"));
    }

    private static Proposal? RefreshWindow(Measurements m, Rollup rollup)
    {
        if (!m.RefreshWindows.TryGetValue(rollup.Name, out var today) || m.LatenessP9999Seconds is not { } late)
            return null;
        var least = Math.Max(rollup.Bucket.TotalSeconds * 3, 2 * late);
        var proposed = today < least ? Math.Ceiling(least / 3600) * 3600 : today;
        return Make(
            rollup.RefreshKey, today, proposed,
            $"{rollup.Name} follows samples up to {Text.Span(today)} old; 9,999 of 10,000 come within {Text.Span(late)}. Only what changed is refreshed: a wide window costs nothing.",
            AlterJob("start_offset", proposed, $"{RollupJobs.Refreshes} j WHERE rollup = '{rollup.Name}'"));
    }

    private static string AlterJob(string key, double seconds, string from) =>
        string.Create(CultureInfo.InvariantCulture, $"SELECT alter_job(job_id, config => jsonb_set(config, '{{{key}}}', '\"{seconds:0} seconds\"')) FROM {from}");

    private static Proposal Segment(Measurements m, double interval)
    {
        var (today, then) = (RowsPerSegment(m, m.ChunkIntervalSeconds), RowsPerSegment(m, interval));
        var isGood = today >= GoodSegment;
        return new(
            "rows a segment", today.ToString("0", CultureInfo.InvariantCulture), then.ToString("0", CultureInfo.InvariantCulture), !isGood && interval != m.ChunkIntervalSeconds,
            $"{m.Instances} instances share {m.RowsPerSecond * m.ChunkIntervalSeconds:N0} rows of a chunk; batches hold up to {GoodSegment:0} rows of one instance"
            + (isGood ? ", so they are full." : ": shorter ones compress worse. Longer chunks fill them, as far as memory allows."),
            null, null);
    }

    private static double Compressed(Measurements m) => m.CompressedRowBytes ?? m.RowBytes * UsualRatio;

    private static Proposal Make(string setting, double today, double proposed, string reason, string sql)
    {
        var changes = Math.Abs(today - proposed) >= 1;
        return new(
            setting, Text.Span(today), Text.Span(proposed), changes, reason,
            changes ? $"{setting.Replace(":", "__", StringComparison.Ordinal)}={TimeSpan.FromSeconds(proposed):c}" : null, changes ? sql : null);
    }
}
