namespace LaunchStack.Usage.Samples;

/// <summary>The measures of one sample; a clear bit in <see cref="Fields"/> is a null.</summary>
public readonly record struct SampleValues(
    MeasureSet Fields,
    double Cpu,
    long Memory,
    long MemoryLimit,
    long Disk,
    long NetworkIn,
    long NetworkOut)
{
    /// <summary>The measures of <paramref name="sample"/>.</summary>
    public static SampleValues Of(in UsageSample sample) => new(
        (sample.CpuUsage is null ? 0 : MeasureSet.Cpu)
            | (sample.MemoryUsage is null ? 0 : MeasureSet.Memory)
            | (sample.MemoryLimit is null ? 0 : MeasureSet.MemoryLimit)
            | (sample.DiskUsage is null ? 0 : MeasureSet.Disk)
            | (sample.NetworkIn is null ? 0 : MeasureSet.NetworkIn)
            | (sample.NetworkOut is null ? 0 : MeasureSet.NetworkOut),
        sample.CpuUsage.GetValueOrDefault(),
        sample.MemoryUsage.GetValueOrDefault(),
        sample.MemoryLimit.GetValueOrDefault(),
        sample.DiskUsage.GetValueOrDefault(),
        sample.NetworkIn.GetValueOrDefault(),
        sample.NetworkOut.GetValueOrDefault());

    /// <summary>Of each measure the greater one; null counts as none.</summary>
    public SampleValues RaisedBy(in SampleValues other) => new(
        Fields | other.Fields,
        Greater(MeasureSet.Cpu, Cpu, other, other.Cpu),
        Greater(MeasureSet.Memory, Memory, other, other.Memory),
        Greater(MeasureSet.MemoryLimit, MemoryLimit, other, other.MemoryLimit),
        Greater(MeasureSet.Disk, Disk, other, other.Disk),
        Greater(MeasureSet.NetworkIn, NetworkIn, other, other.NetworkIn),
        Greater(MeasureSet.NetworkOut, NetworkOut, other, other.NetworkOut));

    private T Greater<T>(MeasureSet field, T own, in SampleValues other, T value) where T : IComparable<T>
    {
        if ((other.Fields & field) == 0)
            return own;
        return (Fields & field) == 0 || value.CompareTo(own) > 0 ? value : own;
    }
}
