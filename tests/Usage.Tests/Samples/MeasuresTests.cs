using System.Text;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.Samples;

public sealed class MeasuresTests
{
    [Fact]
    public void Each_measure_has_a_column_by_whose_name_it_is_found()
    {
        Assert.Equal(Measures.Count, Measures.All.Count);
        Assert.All(Measures.All, measure => Assert.Equal(measure, Measures.Find(Encoding.UTF8.GetBytes(measure.Column()))));
        Assert.Equal(Measures.Count, Measures.All.DistinctBy(measure => measure.Column()).Count());
        Assert.Null(Measures.Find("cpu_usages"u8));
        Assert.Null(Measures.Find("network_xx"u8));
    }

    [Fact]
    public void Each_measure_is_kept_apart_from_the_others()
    {
        var values = default(SampleValues);
        foreach (var measure in Measures.All)
        {
            Assert.False(values.Has(measure));
            values.Set(measure, (int)measure + 1);
            var other = values;
            other.Raise(measure, long.MaxValue / 2);
            Assert.True(values.Has(measure) && values != other && values.GetHashCode() != other.GetHashCode());
        }
        Assert.Equal(Measures.All.Select(measure => (long)measure + 1), Measures.All.Select(measure => values.Bits(measure)));
    }
}
