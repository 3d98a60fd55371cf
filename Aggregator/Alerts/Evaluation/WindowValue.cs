using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>
/// The value of a measure at a tick: over the samples of the span that the tick knows. Sums are of integers and divided once, so the
/// order of rows never matters, not even in the last digit.
/// </summary>
internal static class WindowValue
{
    private const int Digits = 6;

    /// <summary>Null when the span holds no value of the measure (of a rate: no two).</summary>
    public static decimal? Of(AlertDefinition rule, InstanceData data, InstanceTarget target, DateTimeOffset tick)
    {
        var samples = data.Within(tick, rule.Span!.Value);
        var cutoff = AlertTicks.Cutoff(tick).UtcTicks;
        var maximum = rule.Aggregate == AlertAggregate.Maximum;
        decimal? value = rule.Measure switch
        {
            AlertMeasure.CpuPercentage => Level(samples, cutoff, maximum, static s => s.Cpu) / 10_000m / target.Cores,
            AlertMeasure.MemoryPercentage => Level(samples, cutoff, maximum, static s => Share(s)) / 1_000_000m,
            AlertMeasure.DiskUsage => Level(samples, cutoff, maximum, static s => s.Disk),
            AlertMeasure.NetworkInRate => Rate(samples, cutoff, maximum, static s => s.NetworkIn),
            AlertMeasure.NetworkOutRate => Rate(samples, cutoff, maximum, static s => s.NetworkOut),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.Measure, "Silence has no samples to aggregate."),
        };
        return value is { } exact ? decimal.Round(exact, Digits) : null;
    }

    private static decimal? Level(ReadOnlySpan<AlertSample> samples, long cutoff, bool maximum, Func<AlertSample, long> reading)
    {
        var (count, sum, largest) = (0, Int128.Zero, long.MinValue);
        foreach (ref readonly var sample in samples)
        {
            if (!sample.IsKnownAt(cutoff) || reading(sample) is var value && value == AlertSample.None)
                continue;
            count++;
            sum += value;
            largest = Math.Max(largest, value);
        }
        return count == 0 ? null : maximum ? largest : (decimal)sum / count;
    }

    // A counter that falls has started anew: the new reading counts whole.
    private static decimal? Rate(ReadOnlySpan<AlertSample> samples, long cutoff, bool maximum, Func<AlertSample, long> reading)
    {
        var (first, last, before, bytes, fastest) = (0L, 0L, AlertSample.None, Int128.Zero, (decimal?)null);
        foreach (ref readonly var sample in samples)
        {
            if (!sample.IsKnownAt(cutoff) || reading(sample) is var value && value == AlertSample.None)
                continue;
            if (before == AlertSample.None)
            {
                first = sample.At;
            }
            else
            {
                var moved = value < before ? value : value - before;
                bytes += moved;
                var rate = PerSecond(moved, sample.At - last);
                fastest = fastest > rate ? fastest : rate;
            }
            (before, last) = (value, sample.At);
        }
        return fastest is null || maximum ? fastest : PerSecond(bytes, last - first);
    }

    private static decimal PerSecond(Int128 bytes, long ticks) => (decimal)bytes / ticks * TimeSpan.TicksPerSecond;

    // Millionths of a percent of the limit.
    private static long Share(in AlertSample sample)
    {
        if (sample.Memory == AlertSample.None || sample.MemoryLimit <= 0)
            return AlertSample.None;
        var share = (Int128)sample.Memory * 100_000_000 / sample.MemoryLimit;
        return share > long.MaxValue ? long.MaxValue : (long)share;
    }
}
