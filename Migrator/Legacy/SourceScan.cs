using System.Collections.Concurrent;
using System.Globalization;
using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// Finds out which times lie where in the original's table, in one pass. The original has no index on time, so reading it
/// window by window would scan it once a window; rows lie nearly in the order they came in, so ranges of blocks do instead.
/// </summary>
internal sealed class SourceScan
{
    /// <summary>Grain of the scan; windows begin and end on it.</summary>
    public static readonly TimeSpan Grain = TimeSpan.FromMinutes(5);

    /// <summary>4 MiB of table, about 25,000 samples: little enough that reading a whole range for a part of it costs little.</summary>
    public const long RangeBlocks = 512;

    /// <summary>What a window aims at in our memory, in each buffer: 100,000 rows without further columns.</summary>
    public const long WindowBytes = 12_000_000;

    /// <summary>What a row takes there, without further columns.</summary>
    public const long RowBytes = 120;

    private readonly SortedDictionary<DateTime, Bucket> _buckets = [];

    /// <summary>Rows of the table.</summary>
    public long Rows => _buckets.Values.Sum(b => b.Rows);

    /// <summary>Earliest time in range; null without any.</summary>
    public DateTime? First => _buckets.Keys.Where(k => k != SourceWindow.Outside).Cast<DateTime?>().FirstOrDefault();

    /// <summary>End of the latest grain in range; null without any.</summary>
    public DateTime? Last => _buckets.Keys.Where(k => k != SourceWindow.Outside).Cast<DateTime?>().LastOrDefault() + Grain;

    public long RowsBefore(DateTime time) => _buckets.Where(b => b.Key != SourceWindow.Outside && b.Key < time).Sum(b => b.Value.Rows);

    /// <param name="snapshot">The original.</param>
    /// <param name="query">Its samples.</param>
    /// <param name="latest">Times from it on are out of range.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="versions">False where nobody asks what has changed: hashing every column takes more than half of the scan.</param>
    public static async Task<SourceScan> RunAsync(
        OriginalSnapshot snapshot, LegacySampleQuery query, DateTime latest, CancellationToken cancellationToken, bool versions = true)
    {
        var scan = new SourceScan();
        if (!query.ByPlace)
        {
            scan.Add(await PartsAsync(snapshot.Connection, query, latest, "true", cancellationToken, versions), null);
            return scan;
        }

        var ranges = new ConcurrentQueue<(long From, long To)>(await RangesAsync(snapshot.Connection, query.Table, cancellationToken));
        await snapshot.WithReadersAsync(readers => Workers.RunAsync(readers, ReadAsync, cancellationToken), cancellationToken);
        return scan;

        async Task ReadAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            while (ranges.TryDequeue(out var range))
            {
                var parts = await PartsAsync(connection, query, latest, InBlocks(range), stop, versions);
                lock (scan)
                    scan.Add(parts, range);
            }
        }
    }

    /// <summary>The table's blocks, in ranges that are read at once.</summary>
    public static async Task<IReadOnlyList<(long From, long To)>> RangesAsync(
        NpgsqlConnection connection, OriginalTable table, CancellationToken cancellationToken)
    {
        var blocks = await connection.ScalarAsync<long>(
            "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::int8", cancellationToken, table.Quoted);
        var ranges = new List<(long From, long To)>();
        for (var from = 0L; from < blocks; from += RangeBlocks)
            ranges.Add((from, from + RangeBlocks));
        return ranges;
    }

    /// <summary>What the rows with <paramref name="condition"/> add to each grain.</summary>
    public static Task<List<ScannedPart>> PartsAsync(
        NpgsqlConnection connection, LegacySampleQuery query, DateTime latest, string condition, CancellationToken cancellationToken, bool versions = true) => connection.QueryAsync(
        $"""
        SELECT CASE WHEN {query.Time} >= $1 AND {query.Time} < $2 THEN date_bin('{Grain}', {query.Time}, '1970-01-01 00:00:00+00') END, count(*), {(versions ? query.Version : "0::numeric")}, {query.ExtraBytes}
        FROM {query.Table.Quoted} s WHERE {condition} GROUP BY 1
        """, r => new ScannedPart(r.Value<DateTime>(0) ?? SourceWindow.Outside, r.GetInt64(1), r.GetDecimal(2), r.GetInt64(3)),
        cancellationToken, LegacySampleRules.Earliest, latest);

    /// <summary>Adds what was found in a range of blocks; null for a source without places.</summary>
    public void Add(IEnumerable<ScannedPart> parts, (long From, long To)? range)
    {
        foreach (var part in parts)
        {
            if (!_buckets.TryGetValue(part.Time, out var bucket))
                _buckets.Add(part.Time, bucket = new Bucket());
            bucket.Rows += part.Rows;
            bucket.Version += part.Version;
            bucket.Bytes += (part.Rows * RowBytes) + part.Bytes;
            if (range is { } blocks)
                bucket.Blocks.Add(blocks);
        }
    }

    /// <summary>What lies in a span of whole grains.</summary>
    public (long Rows, decimal Version) Sum(DateTime start, DateTime end)
    {
        var (rows, version) = (0L, 0m);
        foreach (var (time, bucket) in _buckets.Where(b => b.Key >= start && b.Key < end))
            (rows, version) = (rows + bucket.Rows, version + bucket.Version);
        return (rows, version);
    }

    /// <summary>Blocks of so many bytes of rows, in pieces of about a window's.</summary>
    public static IEnumerable<IReadOnlyList<(long From, long To)>> Split(IReadOnlyList<(long From, long To)> blocks, long bytes)
    {
        if (bytes <= WindowBytes || blocks.Count == 0)
            return [blocks];
        var ranges = blocks.SelectMany(b => Enumerable.Range(0, (int)((b.To - b.From + RangeBlocks - 1) / RangeBlocks))
            .Select(n => (b.From + (n * RangeBlocks), Math.Min(b.To, b.From + ((n + 1) * RangeBlocks))))).ToList();
        return ranges.Chunk((int)Math.Max(1, ranges.Count * WindowBytes / bytes));
    }

    public static string InBlocks((long From, long To) range) => string.Create(
        CultureInfo.InvariantCulture, $"s.ctid >= '({range.From},0)'::tid AND s.ctid < '({Math.Min(range.To, uint.MaxValue - 1)},0)'::tid");

    /// <summary>The windows, oldest first; <paramref name="known"/> ones keep their bounds and get their blocks.</summary>
    /// <param name="chunk">Time that a chunk of the target spans.</param>
    /// <param name="known">Bounds of those that are there already.</param>
    /// <param name="most">Bytes of a window, and of a part of one that holds more.</param>
    public IReadOnlyList<SourceWindow> Windows(TimeSpan chunk, IReadOnlyList<(DateTime Start, DateTime End)> known, long most = WindowBytes)
    {
        var result = new List<SourceWindow>();
        var next = 0;
        DateTime start = default, end = default;
        var open = false;
        var (sum, cuts, part) = (new Bucket(), new List<DateTime>(), 0L);
        foreach (var (time, bucket) in _buckets)
        {
            while (next < known.Count && known[next].End <= time)
                next++;
            var inKnown = next < known.Count && known[next].Start <= time;
            var fits = open && time < end && (inKnown || sum.Bytes + bucket.Bytes <= most);
            if (!fits)
            {
                Close();
                start = inKnown ? known[next].Start : time;
                end = inKnown ? known[next].End : time == SourceWindow.Outside ? time + Grain : ChunkEnd(time, chunk);
                if (!inKnown && next < known.Count && known[next].Start < end)
                    end = known[next].Start;
                open = true;
            }

            cuts.AddRange(Cuts(time, bucket.Bytes));
            sum.Add(bucket);
        }

        Close();

        // The newest ends with what it holds, so that what comes next makes a window of its own.
        if (result.Count > 0 && !result[^1].IsOutside && !known.Any(k => k.Start == result[^1].Start))
            result[^1] = result[^1] with { End = Last!.Value };

        // A window that was cut for its size ends where the next one begins.
        for (var i = 0; i + 1 < result.Count; i++)
        {
            if (result[i].End > result[i + 1].Start)
                result[i] = result[i] with { End = result[i + 1].Start };
        }

        return result;

        void Close()
        {
            if (open)
                result.Add(new(start, end, sum.Rows, sum.Version, sum.Merged()) { Cuts = cuts, Bytes = sum.Bytes });
            open = false;
            (sum, cuts, part) = (new(), [], 0);
        }

        // Before a grain that is too much for the part, and within one that is too much for any.
        IEnumerable<DateTime> Cuts(DateTime time, long bytes)
        {
            var pieces = (bytes + most - 1) / most;
            var isNew = part > 0 && part + bytes > most;
            part = pieces > 1 ? most : isNew ? bytes : part + bytes;
            if (time != SourceWindow.Outside)
            {
                for (var piece = isNew ? 0 : 1; piece < pieces; piece++)
                    yield return time + (Grain * piece / pieces);
            }
        }
    }

    public static DateTime ChunkStart(DateTime time, TimeSpan chunk) =>
        new((time.Ticks - DateTime.UnixEpoch.Ticks) / chunk.Ticks * chunk.Ticks + DateTime.UnixEpoch.Ticks, DateTimeKind.Utc);

    private static DateTime ChunkEnd(DateTime time, TimeSpan chunk) => ChunkStart(time, chunk) + chunk;

    private sealed class Bucket
    {
        public long Rows { get; set; }

        public decimal Version { get; set; }

        public long Bytes { get; set; }

        public List<(long From, long To)> Blocks { get; } = [];

        public void Add(Bucket other)
        {
            Rows += other.Rows;
            Version += other.Version;
            Bytes += other.Bytes;
            Blocks.AddRange(other.Blocks);
        }

        public List<(long From, long To)> Merged()
        {
            var merged = new List<(long From, long To)>();
            foreach (var range in Blocks.Distinct().Order())
            {
                if (merged.Count > 0 && merged[^1].To == range.From)
                    merged[^1] = (merged[^1].From, range.To);
                else
                    merged.Add(range);
            }

            return merged;
        }
    }
}
