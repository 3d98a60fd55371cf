namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>What is free on the database's disk, and for how long.</summary>
internal sealed class DiskReader(MonitoringOptions options, TimeProvider time)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(10);

    // Growth comes in steps: chunks, log files, compression. Over less than this a slope is noise.
    private static readonly TimeSpan MinMeasured = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MinBurst = TimeSpan.FromMinutes(1);

    private readonly GrowthRate _day = new(Day, TimeSpan.FromMinutes(1));
    private readonly GrowthRate _minutes = new(Minutes, TimeSpan.Zero);

    /// <summary>Memory of the database's machine, as far as it is known here.</summary>
    public long? MemoryBytes =>
        options.MemoryBytes > 0 ? options.MemoryBytes : options.DiskPath.Length > 0 ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : null;

    /// <param name="databaseBytes">Size of the database and its log, for a disk that cannot be seen from here.</param>
    public DiskState? Read(long databaseBytes)
    {
        if (Sizes(databaseBytes) is not (var total, var free))
            return null;
        var now = time.GetUtcNow();
        _day.Add(now, total - free);
        _minutes.Add(now, total - free);
        var rate = _day.BytesPerSecond(MinMeasured);
        return new(
            total, free, rate * Day.TotalSeconds, rate > 0 ? free / rate / Day.TotalSeconds : null,
            _minutes.BytesPerSecond(MinBurst) is { } burst and > 0 ? free / burst : null);
    }

    private (long Total, long Free)? Sizes(long databaseBytes)
    {
        if (options.DiskPath.Length > 0)
        {
            try
            {
                var drive = new DriveInfo(options.DiskPath);
                return (drive.TotalSize, drive.AvailableFreeSpace);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The directory has gone since the start: nothing is known any more.
                return null;
            }
        }
        return options.DiskBytes > 0 ? (options.DiskBytes, Math.Max(0, options.DiskBytes - databaseBytes)) : null;
    }
}
