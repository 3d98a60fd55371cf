namespace LaunchStack.Storage.Writing;

/// <summary>The measures of one sample; a clear bit in <see cref="Fields"/> is a null.</summary>
public readonly record struct SampleValues(
    SampleFields Fields,
    double Cpu,
    long Memory,
    long MemoryLimit,
    long Disk,
    long NetworkIn,
    long NetworkOut)
{
    /// <summary>The measures of <paramref name="sample"/>.</summary>
    public static SampleValues Of(in UsageSample sample) => new(
        (sample.CpuUsage is null ? 0 : SampleFields.Cpu)
            | (sample.MemoryUsage is null ? 0 : SampleFields.Memory)
            | (sample.MemoryLimit is null ? 0 : SampleFields.MemoryLimit)
            | (sample.DiskUsage is null ? 0 : SampleFields.Disk)
            | (sample.NetworkIn is null ? 0 : SampleFields.NetworkIn)
            | (sample.NetworkOut is null ? 0 : SampleFields.NetworkOut),
        sample.CpuUsage.GetValueOrDefault(),
        sample.MemoryUsage.GetValueOrDefault(),
        sample.MemoryLimit.GetValueOrDefault(),
        sample.DiskUsage.GetValueOrDefault(),
        sample.NetworkIn.GetValueOrDefault(),
        sample.NetworkOut.GetValueOrDefault());

    /// <summary>These measures, with the missing ones taken from <paramref name="later"/>.</summary>
    public SampleValues FilledFrom(in SampleValues later)
    {
        var own = Fields;
        return new(
            own | later.Fields,
            own.HasFlag(SampleFields.Cpu) ? Cpu : later.Cpu,
            own.HasFlag(SampleFields.Memory) ? Memory : later.Memory,
            own.HasFlag(SampleFields.MemoryLimit) ? MemoryLimit : later.MemoryLimit,
            own.HasFlag(SampleFields.Disk) ? Disk : later.Disk,
            own.HasFlag(SampleFields.NetworkIn) ? NetworkIn : later.NetworkIn,
            own.HasFlag(SampleFields.NetworkOut) ? NetworkOut : later.NetworkOut);
    }
}
