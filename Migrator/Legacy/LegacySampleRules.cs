namespace LaunchStack.Migrator.Legacy;

/// <summary>Which samples of the original can stand in the hypertable as they are. The same for copying and for verifying.</summary>
internal sealed class LegacySampleRules(long earliest, long latest, bool quarantineDeleted, Func<Guid, bool> isInstance)
{
    /// <summary>Before this the epoch of every clock involved.</summary>
    public static readonly DateTime Earliest = DateTime.UnixEpoch;

    // What .NET can hold.
    private static readonly long LatestDeleted = LegacySampleReader.ToPostgres(new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc));

    /// <summary>Gives, in the buffer's order, the reason against each row, null for the ones to be moved.</summary>
    public void Classify(SampleBuffer rows, Action<int, string?> verdict)
    {
        // A time of creation that nothing can have been created at (0001-01-01, infinity) is none.
        for (var i = 0; i < rows.Count; i++)
        {
            ref var row = ref rows[i];
            if (row.CreatedAt < earliest || row.CreatedAt >= latest)
                row.Nulls |= 1 << SampleRow.Received;
        }

        rows.Sort();
        Guid instance = default, lastInstance = default;
        bool known = false, hasInstance = false, hasLast = false;
        var lastTime = 0L;
        foreach (var position in rows.Order)
        {
            ref var row = ref rows[position];
            if (!hasInstance || row.InstanceId != instance)
                (hasInstance, instance, known) = (true, row.InstanceId, isInstance(row.InstanceId));
            var reason = Reason(in row, known);
            if (reason is null)
            {
                if (hasLast && row.InstanceId == lastInstance && row.Timestamp == lastTime)
                    reason = "duplicate: another sample of this instance and time was created first";
                else
                    (hasLast, lastInstance, lastTime) = (true, row.InstanceId, row.Timestamp);
            }

            verdict(position, reason);
        }
    }

    private string? Reason(in SampleRow row, bool known)
    {
        if (row.Fault > 0)
            return $"{LegacySampleColumns.OriginalName(row.Fault - 1)} cannot be read as {LegacySampleColumns.Types[row.Fault - 1]}";
        if (row.IsNull(SampleRow.Instance))
            return "instance_id is null";
        if (row.IsNull(SampleRow.Time))
            return "timestamp is null";
        if (row.Timestamp < earliest || row.Timestamp >= latest)
            return "timestamp out of range";
        if (!known)
            return "orphan: its instance is not there";
        if (!row.IsNull(SampleRow.Cpu) && !double.IsFinite(row.CpuUsage))
            return double.IsNaN(row.CpuUsage) ? "cpu_usage is NaN" : "cpu_usage is infinite";
        if (!row.IsNull(SampleRow.Cpu) && row.CpuUsage < 0)
            return "cpu_usage is negative";
        if (!row.IsNull(SampleRow.Deleted) && (row.DeletedAt < earliest || row.DeletedAt >= LatestDeleted))
            return "deleted_at out of range";
        for (var column = SampleRow.FirstSize; column < SampleRow.Received; column++)
        {
            if (!row.IsNull(column) && row.Size(column) < 0)
                return $"{LegacySampleColumns.Names[column]} is negative";
        }

        return quarantineDeleted && !row.IsNull(SampleRow.Deleted) ? "soft-deleted" : null;
    }
}
