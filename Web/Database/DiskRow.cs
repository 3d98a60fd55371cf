namespace LaunchStack.Web.Database;

/// <summary>The database's disk.</summary>
internal sealed record DiskRow(double TotalBytes, double FreeBytes, double? BytesPerDay, double? DaysUntilFull);
