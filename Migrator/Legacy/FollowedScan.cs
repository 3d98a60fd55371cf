using System.Collections.Concurrent;
using System.Globalization;
using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>
/// The scan of an original that is passed over again and again. What each range of blocks held is kept: rows that the last look at a
/// range did not see are told by their xmin, and where no row went, what they add is all that has changed. Only a range that lost a row
/// (deleted, or updated elsewhere) is hashed again. Looking at a range costs a tenth of hashing it.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class FollowedScan(TimeProvider time)
{
    // About 50 MB. A table whose rows lie in no order has each time in each range; it is scanned anew each time.
    private const int MaxParts = 1_000_000;

    // Transactions with rows in one range that are younger than the oldest one running. Beyond, the range is hashed again the next time.
    private const int MaxSeen = 10_000;

    private readonly Dictionary<long, Range> _ranges = [];
    private string? _of;
    private DateTime _latest;
    private long _scans;

    /// <summary>Whether the next scan can go on from this one; not for views and partitioned tables, whose rows have no place.</summary>
    public bool GoesOn => _of is not null;

    /// <summary>Conditions that together choose the rows that the last scan saw first; empty after one that saw everything first.</summary>
    public IReadOnlyList<string> News { get; private set; } = [];

    /// <summary>What these rows are, as far as they came into ranges that lost none.</summary>
    public SourceScan? Added { get; private set; }

    /// <summary>The original as the snapshot has it.</summary>
    /// <param name="snapshot">The state to scan; later than that of the scan before.</param>
    /// <param name="query">How samples are read.</param>
    /// <param name="latest">Times from it on are out of range.</param>
    /// <param name="elsewhere">
    /// How long to look at others than the table's end, where new rows mostly come: in turn, at one at least, each scan going on where the last
    /// one stopped. What is not looked at counts as it was seen last.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<SourceScan> RunAsync(
        OriginalSnapshot snapshot, LegacySampleQuery query, DateTime latest, TimeSpan elsewhere, CancellationToken cancellationToken)
    {
        (News, Added) = ([], null);
        if (!query.ByPlace)
            return await SourceScan.RunAsync(snapshot, query, latest, cancellationToken);
        var of = await IdentityAsync(snapshot.Connection, query, cancellationToken);
        var goesOn = of == _of && (latest == _latest || !_ranges.Values.Any(r => r.Parts.Any(p => p.Time == SourceWindow.Outside)));
        if (!goesOn)
            _ranges.Clear();

        // Until this scan is whole there is nothing to go on from.
        _of = null;
        var ranges = await SourceScan.RangesAsync(snapshot.Connection, query.Table, cancellationToken);
        foreach (var gone in _ranges.Keys.Where(from => ranges.Count == 0 || from > ranges[^1].From).ToList())
            _ranges.Remove(gone);
        foreach (var range in _ranges.Values)
            (range.News, range.Added) = (null, []);
        await LookAsync(snapshot, query, latest, ranges, elsewhere, cancellationToken);

        var whole = new SourceScan();
        foreach (var (from, range) in _ranges)
            whole.Add(range.Parts, (from, from + SourceScan.RangeBlocks));
        if (goesOn)
        {
            Added = new();
            foreach (var range in _ranges.Values)
                Added.Add(range.Added, null);
            News = [.. _ranges.Values.Select(r => r.News).OfType<string>()];
        }

        (_of, _latest) = (_ranges.Values.Sum(r => r.Parts.Count) > MaxParts ? null : of, latest);
        return whole;
    }

    /// <summary>
    /// The same table, with the same rows in it where nobody moved them (VACUUM FULL, CLUSTER), read in the same way. Columns may take each
    /// other's names, and one that is added has a value in every row, without any row being written.
    /// </summary>
    private static async Task<string> IdentityAsync(NpgsqlConnection connection, LegacySampleQuery query, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<string>(
            """
            SELECT concat(pg_relation_filepath(attrelid), string_agg(concat_ws(' ', attname, attnum, atttypid, atttypmod, attmissingval), ', ' ORDER BY attnum))
            FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped GROUP BY attrelid
            """, cancellationToken, query.Table.Quoted) + query.Version;

    private async Task LookAsync(
        OriginalSnapshot snapshot, LegacySampleQuery query, DateTime latest, IReadOnlyList<(long From, long To)> ranges, TimeSpan elsewhere,
        CancellationToken cancellationToken)
    {
        var (oldest, next) = await RunningAsync(snapshot.Connection, cancellationToken);
        var lastKnown = _ranges.Count == 0 ? -1 : _ranges.Keys.Max();
        var end = new ConcurrentQueue<(long From, long To)>(ranges.Where(r => r.From >= lastKnown));
        if (lastKnown < 0)
            await snapshot.WithReadersAsync(readers => Workers.RunAsync(readers, ReadEndAsync, cancellationToken), cancellationToken);
        else
            await ReadEndAsync(snapshot.Connection, cancellationToken);

        var started = time.GetTimestamp();
        foreach (var blocks in ranges.Where(r => r.From < lastKnown).OrderBy(r => _ranges[r.From].LookedAt))
        {
            await ReadAsync(snapshot.Connection, blocks, cancellationToken);
            if (time.GetElapsedTime(started) >= elsewhere)
                break;
        }

        _scans++;

        async Task ReadEndAsync(NpgsqlConnection connection, CancellationToken stop)
        {
            while (end.TryDequeue(out var blocks))
                await ReadAsync(connection, blocks, stop);
        }

        async Task ReadAsync(NpgsqlConnection connection, (long From, long To) blocks, CancellationToken stop)
        {
            Range? known;
            lock (_ranges)
                known = _ranges.GetValueOrDefault(blocks.From);
            var now = await LookAsync(connection, query, latest, blocks, known, stop);
            (now.Oldest, now.LookedAt) = (oldest, _scans);
            now.Seen = oldest == next ? [] : await SeenAsync(connection, query, blocks, oldest, stop);
            lock (_ranges)
                _ranges[blocks.From] = now;
        }
    }

    private static async Task<Range> LookAsync(
        NpgsqlConnection connection, LegacySampleQuery query, DateTime latest, (long From, long To) blocks, Range? known, CancellationToken cancellationToken)
    {
        var here = SourceScan.InBlocks(blocks);
        if (known is not { Seen: { } seen })
        {
            var parts = await SourceScan.PartsAsync(connection, query, latest, here, cancellationToken);
            return known is null ? new(parts) { News = here, Added = parts } : new(parts);
        }

        var isNew = IsNew(known.Oldest, seen);
        var (rows, news) = (await connection.QueryAsync(
            $"SELECT count(*), count(*) FILTER (WHERE {isNew}) FROM {query.Table.Quoted} s WHERE {here}",
            r => (r.GetInt64(0), r.GetInt64(1)), cancellationToken))[0];
        if (rows != known.Rows + news)
            return new(await SourceScan.PartsAsync(connection, query, latest, here, cancellationToken));
        if (news == 0)
            return known;
        var condition = $"{here} AND {isNew}";
        var added = await SourceScan.PartsAsync(connection, query, latest, condition, cancellationToken);
        return new(Merge(known.Parts, added)) { News = condition, Added = added };
    }

    private static List<ScannedPart> Merge(List<ScannedPart> known, List<ScannedPart> added) =>
        [.. known.Concat(added).GroupBy(p => p.Time).Select(g => new ScannedPart(g.Key, g.Sum(p => p.Rows), g.Sum(p => p.Version), g.Sum(p => p.Bytes)))];

    /// <summary>
    /// The oldest transaction that runs, and the one that comes next: who began before the oldest has ended. Not by the list of those
    /// in between, which leaves out their subtransactions.
    /// </summary>
    private static async Task<(long Oldest, long Next)> RunningAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(
            "SELECT pg_snapshot_xmin(s)::text::int8, pg_snapshot_xmax(s)::text::int8 FROM pg_current_snapshot() s",
            r => (r.GetInt64(0), r.GetInt64(1)), cancellationToken))[0];

    private static string Since(long oldest) => string.Create(CultureInfo.InvariantCulture, $"age(s.xmin) <= age('{oldest}'::xid8::xid)");

    private static string IsNew(long oldest, List<string> seen) =>
        $"({Since(oldest)}{(seen.Count == 0 ? "" : $" AND NOT s.xmin = ANY('{{{string.Join(',', seen)}}}'::xid[])")})";

    /// <summary>
    /// Transactions that the next look would take for new, by their rows: once one of them is seen, all are, and none comes any more.
    /// Null when they are too many to keep.
    /// </summary>
    private static async Task<List<string>?> SeenAsync(
        NpgsqlConnection connection, LegacySampleQuery query, (long From, long To) blocks, long oldest, CancellationToken cancellationToken)
    {
        var seen = await connection.QueryAsync(
            $"SELECT DISTINCT s.xmin::text FROM {query.Table.Quoted} s WHERE {SourceScan.InBlocks(blocks)} AND {Since(oldest)} LIMIT {MaxSeen + 1}",
            r => r.GetString(0), cancellationToken);
        return seen.Count > MaxSeen ? null : seen;
    }

    /// <summary>What a range of blocks held when it was looked at last.</summary>
    private sealed class Range(List<ScannedPart> parts)
    {
        public List<ScannedPart> Parts { get; } = parts;

        public long Rows { get; } = parts.Sum(p => p.Rows);

        /// <summary>Number of the scan.</summary>
        public long LookedAt { get; set; }

        /// <summary>The oldest transaction that ran then.</summary>
        public long Oldest { get; set; }

        /// <summary>Those since then whose rows were seen; null: not known.</summary>
        public List<string>? Seen { get; set; } = [];

        /// <summary>What the last look found to be new, when nothing had gone.</summary>
        public string? News { get; set; }

        public List<ScannedPart> Added { get; set; } = [];
    }
}
