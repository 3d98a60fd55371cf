using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.Samples;

public sealed class SampleRulesTests
{
    private static readonly SampleWindow Window = new(100, 200);

    [Theory]
    [InlineData(99, RejectionCodes.TimestampTooOld)]
    [InlineData(100, null)]
    [InlineData(200, null)]
    [InlineData(201, RejectionCodes.TimestampAhead)]
    public void Both_ends_of_the_window_belong_to_it(long time, string? code) => Assert.Equal(code, SampleRules.Broken(Window, time, default)?.Code);

    [Theory]
    [InlineData(0, null)]
    [InlineData(SampleRules.MaxCpu, null)]
    [InlineData(SampleRules.MaxCpu + 1, RejectionCodes.OutOfRange)]
    [InlineData(-1e-300, RejectionCodes.NegativeValue)]
    [InlineData(double.NaN, RejectionCodes.NotANumber)]
    [InlineData(double.PositiveInfinity, RejectionCodes.NotANumber)]
    [InlineData(double.NegativeInfinity, RejectionCodes.NotANumber)]
    public void Cpu_is_a_share_of_a_core(double cpu, string? code) => Assert.Equal(code, SampleRules.Broken(Window, 150, new() { CpuUsage = cpu })?.Code);

    [Fact]
    public void No_size_or_counter_is_below_zero_and_the_message_names_it()
    {
        foreach (var measure in Measures.All.Where(m => !m.IsFraction()))
        {
            var values = default(SampleValues);
            values.Set(measure, -1);
            Assert.Equal((RejectionCodes.NegativeValue, $"{measure.Column()}: below zero."), SampleRules.Broken(Window, 150, values));
        }
    }

    [Fact]
    public void Each_share_ends_at_its_greatest_and_the_message_names_it()
    {
        foreach (var measure in Measures.All.Where(m => m.IsFraction()))
        {
            var values = default(SampleValues);
            values.SetFraction(measure, measure.Max());
            Assert.Null(SampleRules.Broken(Window, 150, values));
            values.SetFraction(measure, Math.BitIncrement(measure.Max()));
            Assert.Equal(
                (RejectionCodes.OutOfRange, FormattableString.Invariant($"{measure.Column()}: above {measure.Max():0} {measure.Unit()}.")), SampleRules.Broken(Window, 150, values));
        }
    }

    [Fact]
    public void A_time_outside_the_window_is_told_with_the_bound_also_where_no_calendar_has_it()
    {
        const string Bound = "is older than raw samples are kept, which is since 2000-01-01T00:00:00.000100Z.";
        Assert.Equal("timestamp: 2000-01-01T00:00:00.000201Z is more than 5 minutes ahead of the server's clock.", SampleRules.Broken(Window, 201, default)!.Value.Detail);
        Assert.Equal($"timestamp: 2000-01-01T00:00:00.000099Z {Bound}", SampleRules.Broken(Window, 99, default)!.Value.Detail);
        Assert.StartsWith("timestamp: the time is more than", SampleRules.Broken(Window, long.MaxValue, default)!.Value.Detail, StringComparison.Ordinal);
        Assert.Equal($"timestamp: the time {Bound}", SampleRules.Broken(Window, long.MinValue, default)!.Value.Detail);
    }
}
