using System.Runtime.InteropServices;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// The rows of one request. Several values for one cell leave the greatest, as the database does when requests meet in
/// a row: then the order in which parts of a sum arrive makes no difference, and sending again changes nothing.
/// </summary>
internal sealed class RowTable
{
    // 2^60: cgroups, Docker and cAdvisor say "no limit" by a number near 2^63, or by 0.
    private const double NoLimit = 1L << 60;

    private readonly Dictionary<(Guid Instance, long Time), Row> _rows = [];

    public int Count => _rows.Count;

    /// <summary>Whether a column can hold a value; what is below zero by rounding (100 - 100.00000001) is zero.</summary>
    public static bool Holds(Measure column, double value) => value is > -0.01 and < long.MaxValue && value <= column.Max();

    /// <summary>Whether a limit says "no limit".</summary>
    public static bool IsNoLimit(double value) => value is <= 0 or >= NoLimit;

    /// <summary>Puts a value into its cell.</summary>
    /// <param name="instance">The row's instance.</param>
    /// <param name="time">The row's time, as in <see cref="PostgresTime"/>.</param>
    /// <param name="column">The cell's column.</param>
    /// <param name="value">In the column's unit.</param>
    /// <param name="points">How many values of the request it was made of.</param>
    /// <returns>Why not, null when it was put there.</returns>
    public UnmappedReason? Put(Guid instance, long time, Measure column, double value, int points = 1)
    {
        if (column == Measure.MemoryLimit && IsNoLimit(value))
            return UnmappedReason.NoLimit;
        if (!Holds(column, value))
            return UnmappedReason.NotANumber;

        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, (instance, time), out _);
        var values = entry.Values;
        values.Raise(column, Math.Max(value, 0));
        entry = new(values, entry.Points + points);
        return null;
    }

    /// <summary>Makes a row without values, for values that must not be taken in.</summary>
    public void Touch(Guid instance, long time, int points)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, (instance, time), out _);
        entry = entry with { Points = entry.Points + points };
    }

    /// <summary>Adds all rows to a batch; their indexes are their order.</summary>
    public void CopyTo(UsageBatch batch)
    {
        var index = 0;
        foreach (var ((instance, time), row) in _rows)
            batch.Add(index++, instance, time, row.Values);
    }

    /// <summary>Values of the request behind each row, by its index.</summary>
    public int[] Points() => [.. _rows.Values.Select(row => row.Points)];

    /// <summary>The instance of each row, by its index.</summary>
    public Guid[] Instances() => [.. _rows.Keys.Select(key => key.Instance)];

    /// <summary>The rows, for looking at.</summary>
    public IEnumerable<(Guid Instance, long Time, SampleValues Values)> Rows =>
        _rows.Select(pair => (pair.Key.Instance, pair.Key.Time, pair.Value.Values));

    private readonly record struct Row(SampleValues Values, int Points);
}
