namespace LaunchStack.Operations.Advice;

/// <summary>What advice is computed from.</summary>
/// <param name="RowsPerSecond">Samples that come, over the newest chunks.</param>
/// <param name="Instances">Instances that sent some lately.</param>
/// <param name="RowBytes">A row with its indexes, not compressed.</param>
/// <param name="IndexBytes">Its indexes alone.</param>
/// <param name="CompressedRowBytes">A compressed row; null before the first compression.</param>
/// <param name="MemoryBytes">Memory of the database's machine.</param>
/// <param name="DiskBytes">Its disk; null when it is not known.</param>
/// <param name="OtherBytes">What of the database is not samples.</param>
/// <param name="LatenessP9999Seconds">Of 10,000 samples 9,999 come no later than this; null when none was seen coming.</param>
/// <param name="ChunkIntervalSeconds">Today's.</param>
/// <param name="CompressAfterSeconds">Today's.</param>
/// <param name="RetentionSeconds">Today's.</param>
/// <param name="RefreshWindows">Today's, by rollup, in seconds.</param>
public sealed record Measurements(
    double RowsPerSecond, long Instances, double RowBytes, double IndexBytes, double? CompressedRowBytes, long MemoryBytes, long? DiskBytes, long OtherBytes,
    double? LatenessP9999Seconds, double ChunkIntervalSeconds, double? CompressAfterSeconds, double? RetentionSeconds, IReadOnlyDictionary<string, double> RefreshWindows);
