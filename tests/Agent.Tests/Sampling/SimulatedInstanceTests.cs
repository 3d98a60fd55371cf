using CsCheck;
using LaunchStack.Agent.Sampling;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Agent.Tests.Sampling;

public class SimulatedInstanceTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(int Seed, int Number, DateTimeOffset At)> Any =
        Gen.Select(Gen.Int, Gen.Int[0, 100_000], Gen.Long[0, 400L * 24 * 3600 * 1000].Select(ms => Monday.AddMilliseconds(ms)));

    [Fact]
    public void The_same_seed_gives_the_same_samples() => Any.Sample(
        (seed, number, at) => Assert.Equal(new SimulatedInstance(seed, number).At(at), new SimulatedInstance(seed, number).At(at)));

    [Fact]
    public void Every_sample_could_be_real() => Any.Sample((seed, number, at) =>
    {
        var sample = new SimulatedInstance(seed, number).At(at);
        Assert.InRange(sample.Values.CpuUsage!.Value, 0, 400);
        Assert.InRange(sample.Values.MemoryUsage!.Value, 1, sample.Values.MemoryLimit!.Value);
        Assert.True(sample.Values.DiskUsage > 0);
        Assert.True(sample.Values.NetworkIn >= 0 && sample.Values.NetworkOut >= 0);
    });

    [Fact]
    public void Counters_rise_until_a_restart_and_begin_at_nothing_then() => Gen.Select(Any, Gen.Int[1, 7200]).Sample((any, seconds) =>
    {
        var instance = new SimulatedInstance(any.Seed, any.Number);
        var (before, after) = (instance.At(any.At), instance.At(any.At.AddSeconds(seconds)));
        if (after.Values.NetworkIn < before.Values.NetworkIn || after.Values.NetworkOut < before.Values.NetworkOut)
        {
            // It restarted within these seconds, so what it counts now was moved since.
            Assert.True(after.Values.NetworkIn <= 2 * 50_200L * seconds);
        }
    });

    [Fact]
    public void An_instance_restarts_within_days_and_its_counters_fall()
    {
        var instance = new SimulatedInstance(1, 0);
        var samples = Enumerable.Range(0, 7 * 24 * 60).Select(minute => instance.At(Monday.AddMinutes(minute))).ToArray();
        var restarts = Falls(samples, sample => sample.Values.NetworkIn).ToArray();

        Assert.InRange(restarts.Length, 2, 28);
        Assert.Equal(restarts, Falls(samples, sample => sample.Values.NetworkOut));
    }

    [Fact]
    public void Days_are_busier_than_nights()
    {
        var fleet = Enumerable.Range(0, 100).Select(number => new SimulatedInstance(1, number)).ToArray();
        double Cpu(int hour) => fleet.Average(instance => instance.At(Monday.AddHours(hour)).Values.CpuUsage!.Value);
        Assert.True(Cpu(12) > 3 * Cpu(0), $"noon {Cpu(12)}, midnight {Cpu(0)}");
    }

    [Fact]
    public void Identities_differ_by_seed_and_number_and_stay_the_same_in_later_versions()
    {
        var ids = from seed in Enumerable.Range(0, 20) from number in Enumerable.Range(0, 100) select SimulatedInstance.Identity(seed, number);
        Assert.Equal(2000, ids.Distinct().Count());
        Assert.Equal(new Guid("f5190704-e416-8c69-b5dd-c390f553478d"), SimulatedInstance.Identity(1, 0));
    }

    private static IEnumerable<int> Falls(UsageSample[] samples, Func<UsageSample, long?> counter) =>
        Enumerable.Range(1, samples.Length - 1).Where(i => counter(samples[i]) < counter(samples[i - 1]));
}
