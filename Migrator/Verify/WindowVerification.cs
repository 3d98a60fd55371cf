using System.Globalization;
using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Verify;

/// <summary>Reads one window from both sides and compares: first its figures, then, where they differ, row by row.</summary>
internal sealed class WindowVerification(OriginalReader original, SampleRules rules, NpgsqlConnection target, bool copy, DateTime? cutover)
{
    private const int RowsNamed = 20;

    private readonly SampleBuffer left = new();
    private readonly SampleBuffer right = new();
    private readonly List<int> expected = [];

    /// <summary>All windows so far: what of the original can be moved.</summary>
    public WindowFigures Original { get; } = new();

    /// <summary>All windows so far: what the target holds.</summary>
    public WindowFigures Target { get; } = new();

    public async Task<(VerifiedWindow Window, IReadOnlyList<string> Findings)> CompareAsync(SourceWindow window, CancellationToken cancellationToken)
    {
        await original.ReadAsync(window, left, cancellationToken);
        expected.Clear();
        var here = new WindowFigures();
        rules.Judge(left, (position, reason) =>
        {
            if (reason is not null)
                return;
            expected.Add(position);
            here.Add(in left[position], left.Extras(position).Span);
        });

        right.Clear();
        if (!window.IsOutside)
        {
            var select = $"SELECT {SampleColumns.Target}, 0::int2, NULL::tid, NULL::text{original.Extras.There} FROM resource_usage "
                + $"WHERE \"timestamp\" >= {OriginalReader.Literal(window.Start)} AND \"timestamp\" < {OriginalReader.Literal(window.End)}"
                // What the target has taken in by itself since.
                + (cutover is { } since ? $" AND received_at < {OriginalReader.Literal(since)}" : "");
            await SampleReader.ReadAsync(target, select, copy, right, cancellationToken);
        }

        var there = new WindowFigures();
        for (var i = 0; i < right.Count; i++)
            there.Add(in right[i], right.Extras(i).Span);
        Original.AddColumns(here);
        Target.AddColumns(there);
        var matches = here.Matches(there);
        return (new(window.Start, window.End, left.Count, here.Rows, there.Rows, matches), matches ? [] : Differences(window, here, there));
    }

    private List<string> Differences(SourceWindow window, WindowFigures here, WindowFigures there)
    {
        var findings = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"window {window.Start:u} to {window.End:u}: {here.Rows} rows expected, {there.Rows} found"),
        };
        for (var i = 0; i < here.Columns.Length; i++)
        {
            if (!here.Columns[i].Matches(there.Columns[i]))
                findings.Add($"  {SampleColumns.Names[SampleRow.Cpu + i]}: count, least, greatest or sum differ");
        }

        right.Sort();
        int a = 0, b = 0, more = 0;
        while (a < expected.Count || b < right.Count)
        {
            var order = a == expected.Count ? 1 : b == right.Count ? -1 : Compare(in left[expected[a]], in right[right.Order[b]]);
            string? finding = null;
            if (order < 0)
                finding = $"  missing: {Name(in left[expected[a++]])}";
            else if (order > 0)
                finding = $"  not in the original: {Name(in right[right.Order[b++]])}";
            else
                finding = Difference(expected[a++], right.Order[b++]);
            if (finding is null)
                continue;
            if (findings.Count < RowsNamed)
                findings.Add(finding);
            else
                more++;
        }

        if (more > 0)
            findings.Add($"  and {more} more rows");
        return findings;
    }

    private static int Compare(in SampleRow a, in SampleRow b)
    {
        var result = a.InstanceId.CompareTo(b.InstanceId);
        return result != 0 ? result : b.Timestamp.CompareTo(a.Timestamp);
    }

    private string? Difference(int expectedAt, int foundAt)
    {
        ref var a = ref left[expectedAt];
        ref var b = ref right[foundAt];
        var extras = left.Extras(expectedAt).Span;
        var others = right.Extras(foundAt).Span;
        if (WindowFigures.Hash(in a, extras) == WindowFigures.Hash(in b, others))
            return null;
        var parts = new List<string>();
        for (var column = SampleRow.Cpu; column <= SampleRow.Deleted; column++)
        {
            var (was, now) = (Text(in a, column), Text(in b, column));
            if (was != now)
                parts.Add($"{SampleColumns.Names[column]} is {now}, should be {was}");
        }

        for (var column = 0; column < original.Extras.Count; column++)
        {
            var was = SampleExtras.Field(extras, column, out var wasNull);
            if (!was.SequenceEqual(SampleExtras.Field(others, column, out var isNull)) || wasNull != isNull)
                parts.Add($"{original.Extras.Columns[column].Target.Quoted} differs");
        }

        return $"  {Name(in a)}: {string.Join("; ", parts)}";
    }

    private static string Name(in SampleRow row) => string.Create(
        CultureInfo.InvariantCulture, $"instance {row.InstanceId} at {SampleReader.FromPostgres(row.Timestamp):yyyy-MM-dd HH:mm:ss.ffffff}Z");

    private static string Text(in SampleRow row, int column)
    {
        if (column == SampleRow.Received)
            return (row.IsNull(column) ? row.Timestamp : row.CreatedAt).ToString(CultureInfo.InvariantCulture);
        if (row.IsNull(column))
            return "null";
        return column switch
        {
            SampleRow.Cpu => row.CpuUsage.ToString("R", CultureInfo.InvariantCulture),
            SampleRow.Deleted => row.DeletedAt.ToString(CultureInfo.InvariantCulture),
            _ => row.Size(column).ToString(CultureInfo.InvariantCulture),
        };
    }
}
