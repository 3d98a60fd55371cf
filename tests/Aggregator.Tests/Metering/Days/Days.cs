using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Tests.Metering.Days;

/// <summary>Lines of an instance over all its samples, each day opened by what came before it.</summary>
internal static class Days
{
    public static IReadOnlyList<MeteredDay> Of(Guid instance, IEnumerable<MeterSample> unordered, GapRule rule = default)
    {
        var samples = unordered.OrderBy(s => s.Time).ToArray();
        if (samples.Length == 0)
            return [];
        var lines = new List<MeteredDay>();
        for (var day = DayOf(samples[0]); day <= DayOf(samples[^1]).AddDays(1); day = day.AddDays(1))
        {
            var line = DayMeter.Compute(instance, day, On(samples, day), Opening(samples, day, rule), rule);
            if (line.Line.Samples > 0 || line.Line.Quantities.CoveredMs > 0)
                lines.Add(line);
        }
        return lines;
    }

    private static DayOpening Opening(MeterSample[] samples, DateOnly day, GapRule rule)
    {
        var before = samples.Where(s => s.Milliseconds < day.StartMilliseconds()).ToArray();
        var opening = new DayOpening(null, 0, Last(before, s => s.NetworkIn), Last(before, s => s.NetworkOut));
        var yesterday = On(before, day.AddDays(-1));
        if (yesterday.Length == 0)
            return opening;
        var today = On(samples, day);
        var carried = DayMeter.CarriedMs(day, yesterday[^1].Milliseconds, rule.For(yesterday), today.Length == 0 ? null : today[0].Milliseconds);
        return carried > 0 ? opening with { Carried = yesterday[^1], CarriedMs = carried } : opening;
    }

    private static CounterReading? Last(MeterSample[] samples, Func<MeterSample, long> counter) =>
        Array.FindLastIndex(samples, s => counter(s) >= 0) is >= 0 and var i ? new(samples[i].Time, counter(samples[i])) : null;

    private static MeterSample[] On(MeterSample[] samples, DateOnly day) => Array.FindAll(samples, s => DayOf(s) == day);

    private static DateOnly DayOf(MeterSample sample) => DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(sample.Time));
}
