using CsCheck;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.Samples;

public sealed class SampleValuesTests
{
    private static readonly Gen<SampleValues> Any = Gen.Select(
        Gen.Double[0, 1e6].Nullable(), Gen.Long[0, long.MaxValue].Nullable(), Gen.Long[0, 9].Nullable(), Gen.Long[0, 9].Nullable(),
        Gen.Long[0, 9].Nullable(), Gen.Long[0, 9].Nullable(), (cpu, memory, limit, disk, received, sent) => new SampleValues
        {
            CpuUsage = cpu, MemoryUsage = memory, MemoryLimit = limit, DiskUsage = disk, NetworkIn = received, NetworkOut = sent,
        });

    [Fact]
    public void The_greatest_stays_in_every_order_and_repetition() => Gen.Select(Any, Any, Any).Sample((a, b, c) =>
    {
        var abc = Raised(Raised(a, b), c);
        return abc == Raised(a, Raised(b, c)) && abc == Raised(Raised(c, b), a) && Raised(abc, b) == abc && Raised(a, a) == a
            && Raised(a, default) == a && abc.CpuUsage == new[] { a.CpuUsage, b.CpuUsage, c.CpuUsage }.Max()
            && abc.NetworkOut == new[] { a.NetworkOut, b.NetworkOut, c.NetworkOut }.Max();
    });

    [Fact]
    public void Single_measures_are_raised_as_whole_rows_are() => Gen.Select(Any, Gen.Int[0, 5], Gen.Double[0, 1e6]).Sample((values, number, value) =>
    {
        var measure = (Measure)number;
        var (one, row) = (values, default(SampleValues));
        one.Raise(measure, value);
        row.Raise(measure, value);
        return one == Raised(values, row) && row.Has(measure) && Measures.All.Count(row.Has) == 1;
    });

    [Fact]
    public void Null_is_not_zero_and_minus_zero_is()
    {
        var values = new SampleValues { CpuUsage = -0.0, DiskUsage = 0 };
        Assert.Equal(new() { CpuUsage = 0, DiskUsage = 0 }, values);
        Assert.Null(values.MemoryUsage);
        values.DiskUsage = null;
        Assert.Equal(new() { CpuUsage = 0 }, values);
        Assert.Equal("cpu_usage 0", values.ToString());
    }

    [Fact]
    public void Each_measure_is_found_by_the_name_of_its_column()
    {
        foreach (var measure in Measures.All)
            Assert.Equal(measure, Measures.Find(System.Text.Encoding.UTF8.GetBytes(measure.Column())));
        Assert.Null(Measures.Find("memory_usages"u8));
        Assert.Null(Measures.Find("disk_usagE"u8));
        Assert.Equal("cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out", Measures.Columns);
    }

    private static SampleValues Raised(SampleValues values, in SampleValues other)
    {
        values.Raise(other);
        return values;
    }
}
