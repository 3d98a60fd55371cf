using CsCheck;
using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public sealed class RunningSumTests
{
    [Fact]
    public void It_is_the_sum_of_what_is_there() =>
        Gen.Int[0, 1000].Array[1, 40].Select(Gen.Int[0, 39].Array[0, 40]).Sample((values, taken) =>
        {
            var running = new RunningSum(values.Length);
            for (var i = 0; i < values.Length; i++)
                running.Set(i, values[i]);
            foreach (var index in taken.Where(index => index < values.Length))
                running.Set(index, 0);
            Assert.Equal(values.Where((_, i) => !taken.Contains(i)).Sum(), running.Total);
        });

    [Fact]
    public void A_large_value_that_has_gone_leaves_nothing()
    {
        var running = new RunningSum(3);
        running.Set(0, 0.5);
        running.Set(1, 1e300);
        running.Set(2, 0.25);
        running.Set(1, 0);
        Assert.Equal(0.75, running.Total);
    }
}
