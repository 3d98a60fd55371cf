using System.Globalization;
using System.Text;
using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;
using LaunchStack.Migrator.Relations;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>Reads one window from both sides and compares: first its figures, then, where they differ, row by row.</summary>
/// <param name="original">The original.</param>
/// <param name="rules">What of it can be moved.</param>
/// <param name="target">The target.</param>
/// <param name="copy">Whether it is read by COPY.</param>
/// <param name="cutover">When it was; null before.</param>
/// <param name="end">Where what was moved ends.</param>
internal sealed class WindowVerification(OriginalReader original, LegacySampleRules rules, NpgsqlConnection target, bool copy, DateTime? cutover, DateTime end)
{
    /// <summary>Rows that a report names of one cause.</summary>
    public const int RowsNamed = 20;

    // Since the cutover it is the target's record of its own changes: of what went back it is another in the original, and of what lay ahead it was corrected.
    private const long Unknown = 0;

    private readonly SampleBuffer _left = new();
    private readonly SampleBuffer _right = new();
    private readonly List<int> _expected = [];

    /// <summary>All windows so far: what of the original can be moved.</summary>
    public WindowFigures Original { get; } = new();

    /// <summary>All windows so far: what the target holds.</summary>
    public WindowFigures Target { get; } = new();

    public async Task<(VerifiedWindow Window, IReadOnlyList<string> Findings)> CompareAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        _right.Clear(window.Rows);
        if (!window.IsOutside)
            await LegacySampleReader.ReadAsync(target, LegacySampleReader.SelectTarget(window, original.Extras), copy, _right, cancellationToken);
        var own = TakeOwn();
        var there = new WindowFigures();
        // Since the cutover instances may have gone from the target, and their moved samples stay.
        var moved = new HashSet<Guid>();
        for (var i = 0; i < _right.Count; i++)
        {
            if (cutover is not null)
            {
                moved.Add(_right[i].InstanceId);
                _right[i].ReceivedAt = Unknown;
            }

            there.Add(in _right[i], _right.Extras(i).Span);
        }

        await original.ReadAsync(window, _left, cancellationToken);
        _expected.Clear();
        var (here, raised) = (new WindowFigures(), 0);
        rules.Classify(_left, (position, reason) =>
        {
            ref var row = ref _left[position];
            if (reason is null or LegacySampleRules.Orphan && own.Remove((row.InstanceId, row.Timestamp)))
            {
                raised++;
                return;
            }

            if (reason is not null)
                return;

            if (cutover is not null)
                row.ReceivedAt = Unknown;
            _expected.Add(position);
            here.Add(in row, _left.Extras(position).Span);
        }, moved);

        Original.AddColumns(here);
        Target.AddColumns(there);
        var matches = here.Matches(there);
        return (new(window.Start, window.End, _left.Count, here.Rows + raised, there.Rows + raised, matches), matches ? [] : await DifferencesAsync(window, here, there, cancellationToken));
    }

    /// <summary>Takes out of what the target holds what it has taken in or raised by itself since the cutover; the original's is not to be that.</summary>
    private HashSet<(Guid, long)> TakeOwn()
    {
        var own = new HashSet<(Guid, long)>();
        if (cutover is not { } at)
            return own;
        var (since, newer, kept) = (PostgresTime.FromDateTime(at), PostgresTime.FromDateTime(end), 0);
        for (var i = 0; i < _right.Count; i++)
        {
            if (_right[i].ReceivedAt >= since || _right[i].Timestamp >= newer)
                own.Add((_right[i].InstanceId, _right[i].Timestamp));
            else
                _right[kept++] = _right[i];
        }

        while (_right.Count > kept)
            _right.RemoveLast();
        return own;
    }

    private async Task<List<string>> DifferencesAsync(SourceWindow window, WindowFigures here, WindowFigures there, CancellationToken cancellationToken)
    {
        var findings = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"window {window.Start:u} to {window.End:u}: {Counted.Of(here.Rows, "row")} expected, {there.Rows} found"),
        };
        for (var i = 0; i < here.Columns.Length; i++)
        {
            if (!here.Columns[i].Matches(there.Columns[i]))
                findings.Add($"  {LegacySampleColumns.Names[EncodedSample.FirstMeasure + i]}: count, least, greatest or sum differ");
        }

        _right.Sort();
        int a = 0, b = 0, more = 0;
        while (a < _expected.Count || b < _right.Count)
        {
            var order = a == _expected.Count ? 1 : b == _right.Count ? -1 : Compare(in _left[_expected[a]], in _right[_right.Order[b]]);
            if (order == 0 && Same(_expected[a], _right.Order[b]))
            {
                (a, b) = (a + 1, b + 1);
                continue;
            }

            if (findings.Count >= RowsNamed)
                more++;
            else if (order < 0)
                findings.Add($"  missing: {Name(in _left[_expected[a]])}");
            else if (order > 0)
                findings.Add($"  not in the original: {Name(in _right[_right.Order[b]])}");
            else
                findings.Add(await DifferenceAsync(window, _expected[a], _right.Order[b], cancellationToken));
            a += order <= 0 ? 1 : 0;
            b += order >= 0 ? 1 : 0;
        }

        if (more > 0)
            findings.Add($"  and {Counted.Of(more, "more row")}");
        return findings;
    }

    private static int Compare(in EncodedSample a, in EncodedSample b)
    {
        var result = a.InstanceId.CompareTo(b.InstanceId);
        return result != 0 ? result : b.Timestamp.CompareTo(a.Timestamp);
    }

    private bool Same(int expectedAt, int foundAt) =>
        WindowFigures.Hash(in _left[expectedAt], _left.Extras(expectedAt).Span) == WindowFigures.Hash(in _right[foundAt], _right.Extras(foundAt).Span);

    private async Task<string> DifferenceAsync(SourceWindow window, int expectedAt, int foundAt, CancellationToken cancellationToken)
    {
        var parts = new List<string>();
        for (var column = EncodedSample.FirstMeasure; column <= EncodedSample.Deleted; column++)
        {
            var (was, now) = (Text(in _left[expectedAt], column), Text(in _right[foundAt], column));
            if (was != now)
                parts.Add($"{LegacySampleColumns.Names[column]} is {now}, should be {was}");
        }

        var extras = original.Extras.Columns.Where((_, column) => Differs(expectedAt, foundAt, column)).ToList();
        if (extras.Count > 0)
            parts.AddRange(await ExtrasAsync(window, expectedAt, extras, cancellationToken));
        return $"  {Name(in _left[expectedAt])}: {string.Join("; ", parts)}";
    }

    private bool Differs(int expectedAt, int foundAt, int column)
    {
        var was = ExtraColumns.Field(_left.Extras(expectedAt).Span, column, out var wasNull);
        return !was.SequenceEqual(ExtraColumns.Field(_right.Extras(foundAt).Span, column, out var isNull)) || wasNull != isNull;
    }

    /// <summary>The bytes of COPY say nothing to people, so both sides give the row once more, as JSON.</summary>
    private async Task<IEnumerable<string>> ExtrasAsync(SourceWindow window, int expectedAt, List<ExtraColumn> columns, CancellationToken cancellationToken)
    {
        var (instance, time) = (_left[expectedAt].InstanceId, PostgresTime.ToDateTime(_left[expectedAt].Timestamp));
        var was = (await original.RowsAsync(window, _left, [expectedAt], cancellationToken).FirstAsync(cancellationToken)).Json;
        var now = await target.ScalarAsync<string>(
            $"SELECT row_to_json(r.*)::text FROM resource_usage r WHERE instance_id = $1 AND \"timestamp\" = {OriginalReader.Literal(time)}", cancellationToken, instance);
        // A pass or the retention may have taken it since it was compared.
        return columns.Select(c => $"{c.Target.Quoted} is {(now is null ? "gone meanwhile" : ShownValue.Of(now, c.Target.Name))}, should be {ShownValue.Of(Encoding.UTF8.GetString(was), c.Column.Name)}");
    }

    private static string Name(in EncodedSample row) => string.Create(
        CultureInfo.InvariantCulture, $"instance {row.InstanceId} at {Time(row.Timestamp)}");

    private static string Text(in EncodedSample row, int column)
    {
        if (column == EncodedSample.Received)
            return Time(row.ReceivedAt);
        if (row.IsNull(column))
            return "null";
        return column switch
        {
            EncodedSample.Deleted => Time(row.DeletedAt),
            _ when EncodedSample.IsFraction(column) => row.Fraction(column).ToString("R", CultureInfo.InvariantCulture),
            _ => row.Bits(column).ToString(CultureInfo.InvariantCulture),
        };
    }

    // Infinity, and what else .NET has no time for, in microseconds since 2000.
    private static string Time(long microseconds) => microseconds is > -63_000_000_000_000_000 and < 252_000_000_000_000_000
        ? $"{PostgresTime.ToDateTime(microseconds):yyyy-MM-dd HH:mm:ss.ffffff}Z"
        : microseconds.ToString(CultureInfo.InvariantCulture);
}
