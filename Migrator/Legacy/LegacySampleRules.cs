using LaunchStack.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Migrator.Legacy;

/// <summary>Which samples of the original can stand in the hypertable as they are. The same for copying and for verifying.</summary>
/// <param name="latest">Samples from it on are quarantined: a time that is to come when it is read.</param>
/// <param name="quarantineDeleted">Soft-deleted samples go to quarantine.</param>
/// <param name="isInstance">Whether the target has the instance.</param>
internal sealed class LegacySampleRules(DateTime latest, bool quarantineDeleted, Func<Guid, bool> isInstance)
{
    /// <summary>The epoch of every clock involved: no sample is older.</summary>
    public static readonly DateTime Earliest = DateTime.UnixEpoch;

    /// <summary>Of the way back, which judges no times and no instances: which of several samples of one instant counts.</summary>
    public static readonly LegacySampleRules Any = new(TimeBucket.Last.UtcDateTime, quarantineDeleted: true, _ => true);

    private static readonly long EarliestTime = PostgresTime.FromDateTime(Earliest);

    // What .NET can hold.
    private static readonly long EndOfTime = PostgresTime.FromDateTime(new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc));

    /// <summary>A reason.</summary>
    public const string Orphan = "orphan: its instance is not there";

    /// <inheritdoc cref="Orphan"/>
    public const string Duplicate = "duplicate: another sample of this instance and time was created first";

    private readonly long _latest = PostgresTime.FromDateTime(latest);

    /// <summary>Samples from then on cannot be when they are read at <paramref name="now"/>: a day is left for clocks and time zones.</summary>
    public static DateTime LatestAt(DateTime now) => now.Date.AddDays(2);

    /// <summary>Gives, in the buffer's order, the reason against each row, null for the ones to be moved.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="verdict">Takes the position of each and the reason.</param>
    /// <param name="gone">Instances that were there once: their samples are no orphans.</param>
    public void Classify(SampleBuffer rows, Action<int, string?> verdict, IReadOnlySet<Guid>? gone = null)
    {
        // A time of creation that nothing can have been created at (0001-01-01, infinity) is none. Not one that is to come: what
        // is so today is not so tomorrow, and verify must judge as copy did; see FutureArrivals.
        for (var i = 0; i < rows.Count; i++)
        {
            ref var row = ref rows[i];
            if (row.CreatedAt < EarliestTime || row.CreatedAt >= EndOfTime)
                row.Nulls |= 1 << EncodedSample.Received;
        }

        rows.Sort();
        Guid instance = default, lastInstance = default;
        bool known = false, hasInstance = false, hasLast = false;
        var lastTime = 0L;
        foreach (var position in rows.Order)
        {
            ref var row = ref rows[position];
            if (!hasInstance || row.InstanceId != instance)
                (hasInstance, instance, known) = (true, row.InstanceId, isInstance(row.InstanceId) || gone?.Contains(row.InstanceId) == true);
            var reason = Reason(in row, known);
            if (reason is null)
            {
                if (hasLast && row.InstanceId == lastInstance && row.Timestamp == lastTime)
                    reason = Duplicate;
                else
                    (hasLast, lastInstance, lastTime) = (true, row.InstanceId, row.Timestamp);
            }

            verdict(position, reason);
        }
    }

    private string? Reason(in EncodedSample row, bool known)
    {
        if (row.Fault > 0)
            return $"{LegacySampleColumns.OriginalName(row.Fault - 1)} cannot be read as {LegacySampleColumns.Types[row.Fault - 1]}";
        if (row.IsNull(EncodedSample.Instance))
            return "instance_id is null";
        if (row.IsNull(EncodedSample.Time))
            return "timestamp is null";
        if (row.Timestamp < EarliestTime || row.Timestamp >= _latest)
            return "timestamp out of range";
        if (!known)
            return Orphan;
        for (var column = EncodedSample.FirstMeasure; column < EncodedSample.Received; column++)
        {
            if (!row.IsNull(column) && SampleRules.Broken(EncodedSample.MeasureOf(column), row.Bits(column)) is { } code)
                return $"{LegacySampleColumns.Names[column]} is {Why(code, in row, column)}";
        }

        if (!row.IsNull(EncodedSample.Deleted) && (row.DeletedAt < EarliestTime || row.DeletedAt >= EndOfTime))
            return "deleted_at out of range";
        return quarantineDeleted && !row.IsNull(EncodedSample.Deleted) ? "soft-deleted" : null;
    }

    private static string Why(string code, in EncodedSample row, int column) => code switch
    {
        RejectionCodes.NotANumber => double.IsNaN(row.Fraction(column)) ? "NaN" : "infinite",
        RejectionCodes.OutOfRange => SampleRules.Above(EncodedSample.MeasureOf(column)),
        _ => "negative",
    };
}
