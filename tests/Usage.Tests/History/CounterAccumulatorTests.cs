using CsCheck;
using LaunchStack.Usage.History;

namespace LaunchStack.Usage.Tests.History;

public sealed class CounterAccumulatorTests
{
    private static readonly Gen<long?[]> Readings = Gen.Long[0, 1000].Nullable().Array[0, 40];

    [Fact]
    public void It_makes_no_difference_how_readings_are_cut_into_spans() => Gen.Select(Readings, Gen.Int[1, 7], Gen.Long[0, 1000].Nullable()).Sample((readings, size, before) =>
    {
        var whole = new CounterAccumulator(before);
        foreach (var reading in readings)
            whole.Add(CounterSpan.Of(reading));

        var cut = new CounterAccumulator(before);
        foreach (var chunk in readings.Chunk(size))
        {
            var within = new CounterAccumulator(null);
            foreach (var reading in chunk)
                within.Add(CounterSpan.Of(reading));
            cut.Add(new(chunk.FirstOrDefault(r => r is not null), chunk.LastOrDefault(r => r is not null), within.Take()));
        }
        return whole.Take() == cut.Take();
    });

    [Fact]
    public void A_rise_counts_by_its_difference_and_after_a_fall_the_whole_reading()
    {
        var counter = new CounterAccumulator(100);
        foreach (var reading in new long?[] { 150, null, 40, 90 })
            counter.Add(CounterSpan.Of(reading));
        Assert.Equal(50 + 40 + 50, counter.Take());
        Assert.Null(counter.Take());
        counter.Add(CounterSpan.Of(90));
        Assert.Equal(0, counter.Take());
    }

    [Fact]
    public void Falls_are_counted_within_a_piece_and_between_two()
    {
        var counter = new CounterAccumulator(100);
        counter.Add(CounterSpan.Of(40));
        // From 50 to 60 by 30: within it, it began again.
        counter.Add(new(50, 60, 30));
        counter.Add(new(70, 80, 10));
        Assert.Equal(2, counter.TakeRestarts());
        Assert.Equal(0, counter.TakeRestarts());
    }

    [Fact]
    public void The_very_first_reading_says_nothing()
    {
        var counter = new CounterAccumulator(null);
        counter.Add(CounterSpan.Of(long.MaxValue));
        Assert.Equal(0, counter.Take());
        counter.Add(new(long.MaxValue, long.MaxValue, 7));
        Assert.Equal(7, counter.Take());
    }
}
