using System.Text;
using LaunchStack.Usage.History;
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

    // By its name and type: C# chooses a measure by its property, and so does what answers one.
    [Fact]
    public void Each_measure_is_a_member_of_what_is_kept_and_of_what_is_answered()
    {
        foreach (var measure in Measures.All)
        {
            var type = measure.IsFraction() ? typeof(double?) : typeof(long?);
            var kept = typeof(SampleValues).GetProperty(measure.ToString());
            Assert.Equal(type, kept?.PropertyType);
            object values = default(SampleValues);
            kept!.SetValue(values, measure.IsFraction() ? (object)1.5 : 1L);
            Assert.Equal(1.5, measure.IsFraction() ? ((SampleValues)values).GetFraction(measure) : ((SampleValues)values).Get(measure) + 0.5);
            Assert.Equal(type, typeof(InstanceSummary).GetProperty(measure.ToString())?.PropertyType);
            Assert.NotNull(typeof(UsageBucket).GetProperty(measure.ToString()));
        }
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
