using CsCheck;
using LaunchStack.Usage.History;

namespace LaunchStack.Usage.Tests.History;

public sealed class BucketAggregatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Fine = TimeSpan.FromMinutes(5);

    // Whole numbers, whose sums do not depend on their order.
    private static readonly Gen<PartialAggregate[]> Samples = Gen
        .Select(Gen.Int[0, 7_200], Gen.Int[0, 800].Nullable(), Gen.Long[0, 1_000].Nullable(), Gen.Long[0, 1_000].Nullable())
        .Array[0, 60]
        .Select(samples => samples.DistinctBy(sample => sample.Item1).OrderBy(sample => sample.Item1).Select(Sample).ToArray());

    [Fact]
    public void Samples_and_rollups_of_them_make_the_same_buckets() => Gen.Select(Samples, Gen.Int[1, 6], Gen.Long[0, 1_000].Nullable()).Sample((samples, times, before) =>
        Build(samples, Fine * times, before).SequenceEqual(Build(samples.GroupBy(sample => TimeBucket.Floor(sample.Time, Fine)).Select(Rollup), Fine * times, before)));

    [Fact]
    public void Buckets_hold_every_sample_and_every_byte_once() => Gen.Select(Samples, Gen.Int[1, 6], Gen.Long[0, 1_000].Nullable()).Sample((samples, times, before) =>
    {
        var (fine, whole) = (Build(samples, Fine * times, before), Build(samples, TimeSpan.FromDays(1), before));
        Assert.Equal(samples.Length, fine.Sum(bucket => bucket.SampleCount));
        Assert.Equal(whole.Sum(bucket => bucket.NetworkIn ?? 0), fine.Sum(bucket => bucket.NetworkIn ?? 0));
        Assert.Equal(whole.Max(bucket => bucket.CpuMax), fine.Max(bucket => bucket.CpuMax));
        Assert.Equal(fine.Select(bucket => bucket.Timestamp).Order().Distinct(), fine.Select(bucket => bucket.Timestamp));
    });

    private static IReadOnlyList<UsageBucket> Build(IEnumerable<PartialAggregate> pieces, TimeSpan width, long? before)
    {
        var buckets = new BucketAggregator(width, before, before);
        foreach (var piece in pieces)
            buckets.Add(piece);
        // Of the falls within a rollup's bucket only the first is known.
        return [.. buckets.Build().Select(bucket => bucket with { Restarts = 0 })];
    }

    private static PartialAggregate Sample((int Second, int? Cpu, long? Memory, long? Counter) sample) => new(
        Start.AddSeconds(sample.Second), 1, sample.Cpu, sample.Cpu is null ? 0 : 1, sample.Cpu,
        sample.Memory, sample.Memory is null ? 0 : 1, sample.Memory, sample.Memory * 2, sample.Memory, sample.Memory is null ? 0 : 1,
        CounterSpan.Of(sample.Counter), CounterSpan.Of(sample.Counter / 2));

    private static PartialAggregate Rollup(IGrouping<DateTimeOffset, PartialAggregate> bucket) => new(
        bucket.Key, bucket.Count(), bucket.Sum(one => one.CpuSum), bucket.Sum(one => one.CpuCount), bucket.Max(one => one.CpuMax),
        bucket.Sum(one => one.MemorySum), bucket.Sum(one => one.MemoryCount), bucket.Max(one => one.MemoryMax),
        bucket.LastOrDefault(one => one.MemoryLimit is not null).MemoryLimit, bucket.Sum(one => one.DiskSum), bucket.Sum(one => one.DiskCount),
        Span(bucket.Select(one => one.NetworkIn)), Span(bucket.Select(one => one.NetworkOut)));

    private static CounterSpan Span(IEnumerable<CounterSpan> readings)
    {
        var present = readings.Where(reading => reading.First is not null).ToList();
        if (present.Count == 0)
            return default;
        var counter = new CounterAccumulator(null);
        present.ForEach(reading => counter.Add(reading));
        return new(present[0].First, present[^1].Last, counter.Take());
    }
}
