namespace LaunchStack.Operations.Monitoring.Snapshot;

/// <summary>The database's disk.</summary>
/// <param name="TotalBytes">Its size.</param>
/// <param name="FreeBytes">What is free.</param>
/// <param name="BytesPerDay">Growth over the last day, or since this service started; null until ten minutes are measured.</param>
/// <param name="DaysUntilFull">At that rate; null when it does not grow.</param>
/// <param name="SecondsUntilFull">At the rate of the last ten minutes; null when it does not grow.</param>
public sealed record DiskState(long TotalBytes, long FreeBytes, double? BytesPerDay, double? DaysUntilFull, double? SecondsUntilFull);
