namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>What was used, in whole base units. 128 bits: a byte of 2^63 held for a month is below 2^95. Differences may be negative.</summary>
/// <param name="CpuCoreNs">Core-nanoseconds: millionths of a core times milliseconds.</param>
/// <param name="MemoryByteMs">Byte-milliseconds.</param>
/// <param name="DiskByteMs">Byte-milliseconds.</param>
/// <param name="NetworkInBytes">Bytes received.</param>
/// <param name="NetworkOutBytes">Bytes sent.</param>
/// <param name="CoveredMs">Milliseconds for which a sample speaks.</param>
/// <param name="UncoveredMs">Milliseconds of the same days without one; not charged.</param>
public readonly record struct Quantities(
    Int128 CpuCoreNs, Int128 MemoryByteMs, Int128 DiskByteMs, Int128 NetworkInBytes, Int128 NetworkOutBytes, long CoveredMs, long UncoveredMs)
{
    public static Quantities operator +(Quantities a, Quantities b) => new(
        a.CpuCoreNs + b.CpuCoreNs, a.MemoryByteMs + b.MemoryByteMs, a.DiskByteMs + b.DiskByteMs,
        a.NetworkInBytes + b.NetworkInBytes, a.NetworkOutBytes + b.NetworkOutBytes, a.CoveredMs + b.CoveredMs, a.UncoveredMs + b.UncoveredMs);

    public static Quantities operator -(Quantities a, Quantities b) => new(
        a.CpuCoreNs - b.CpuCoreNs, a.MemoryByteMs - b.MemoryByteMs, a.DiskByteMs - b.DiskByteMs,
        a.NetworkInBytes - b.NetworkInBytes, a.NetworkOutBytes - b.NetworkOutBytes, a.CoveredMs - b.CoveredMs, a.UncoveredMs - b.UncoveredMs);

    public static Quantities Add(Quantities left, Quantities right) => left + right;

    public static Quantities Subtract(Quantities left, Quantities right) => left - right;
}
