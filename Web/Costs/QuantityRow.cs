namespace LaunchStack.Web.Costs;

/// <summary>What was used, in base units. They are exact on the wire; here they are shown with three digits.</summary>
internal sealed record QuantityRow(
    double CpuCoreNs, double MemoryByteMs, double DiskByteMs, double NetworkInBytes, double NetworkOutBytes, double CoveredMs, double UncoveredMs);
