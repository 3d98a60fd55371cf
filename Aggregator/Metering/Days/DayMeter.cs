namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>Computes day lines. Knows no database: the same samples give the same line, wherever they come from.</summary>
internal static class DayMeter
{
    /// <summary>
    /// The line of a day. A sample's values hold until the next sample of the instance, at most <see cref="GapRule.For"/>, and
    /// what they hold beyond midnight belongs to the next day (<see cref="CarriedMs"/>).
    /// </summary>
    /// <param name="instance">The instance.</param>
    /// <param name="day">The day.</param>
    /// <param name="samples">All its samples of that day, in order of time.</param>
    /// <param name="opening">What reaches into the day.</param>
    /// <param name="rule">The rule of that day.</param>
    public static MeteredDay Compute(Guid instance, DateOnly day, ReadOnlySpan<MeterSample> samples, in DayOpening opening, GapRule rule)
    {
        var gap = rule.For(samples);
        var end = day.StartMilliseconds() + UtcDay.Milliseconds;
        var (received, sent) = (new CounterMeter(opening.NetworkIn), new CounterMeter(opening.NetworkOut));
        var (cpu, memory, disk, covered) = (Int128.Zero, Int128.Zero, Int128.Zero, 0L);
        if (opening.Carried is { } carried)
            Hold(carried, opening.CarriedMs);

        var restarts = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            var start = sample.Milliseconds;
            var next = i + 1 < samples.Length ? samples[i + 1].Milliseconds : end;
            Hold(sample, Math.Min(next - start, gap));
            // Both counters are asked: a fall of both at one sample is one restart.
            if (received.Add(sample.Time, sample.NetworkIn) | sent.Add(sample.Time, sample.NetworkOut))
                restarts++;
        }

        var quantities = new Quantities(
            cpu, memory, disk, received.Increase, sent.Increase, covered, UtcDay.Milliseconds - covered);
        var line = new DayLine(instance, day, quantities, samples.Length, restarts, gap, opening.ToString(), CanonicalRows.Digest(samples));
        return new(line, received.Last, sent.Last);

        void Hold(in MeterSample sample, long milliseconds)
        {
            covered += milliseconds;
            cpu += Product(sample.Cpu, milliseconds);
            memory += Product(sample.Memory, milliseconds);
            disk += Product(sample.Disk, milliseconds);
        }
    }

    /// <summary>How much of <paramref name="day"/> the last sample before it covers.</summary>
    /// <param name="day">The day.</param>
    /// <param name="last">Time of the last sample of the day before, milliseconds.</param>
    /// <param name="gap">The rule's answer for the day before.</param>
    /// <param name="first">Time of the day's own first sample, milliseconds; null: it has none.</param>
    public static long CarriedMs(DateOnly day, long last, long gap, long? first)
    {
        var start = day.StartMilliseconds();
        return Math.Max(0, Math.Min(last + gap, first ?? start + UtcDay.Milliseconds) - start);
    }

    private static Int128 Product(long value, long milliseconds) =>
        value == MeterSample.Absent ? 0 : Math.BigMul(value, milliseconds);
}
