using System.Globalization;

namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>
/// What reaches into a day from before it: the last sample, as far as it still holds, and the last reading of each counter, from which
/// the day's first increase counts. Kept with the line, so that the day can be computed again when what came before it is dropped.
/// </summary>
/// <param name="Carried">The last sample before the day; null when it does not hold into the day.</param>
/// <param name="CarriedMs">How many milliseconds of the day it holds.</param>
/// <param name="NetworkIn">The last reading before the day.</param>
/// <param name="NetworkOut">The last reading before the day.</param>
internal readonly record struct DayOpening(MeterSample? Carried, long CarriedMs, CounterReading? NetworkIn, CounterReading? NetworkOut)
{
    /// <summary>Its canonical text, <c>carry=time,cpu,memory,disk,ms;in=time,bytes;out=time,bytes</c>, without what is not there.</summary>
    public override string ToString()
    {
        var parts = new List<string>(3);
        if (Carried is { } sample)
            parts.Add(string.Create(CultureInfo.InvariantCulture,
                $"carry={sample.Time},{Text(sample.Cpu)},{Text(sample.Memory)},{Text(sample.Disk)},{CarriedMs}"));
        if (NetworkIn is { } received)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"in={received.Time},{received.Bytes}"));
        if (NetworkOut is { } sent)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"out={sent.Time},{sent.Bytes}"));
        return string.Join(';', parts);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It did not: somebody has changed the line.</exception>
    public static DayOpening Parse(string text)
    {
        var opening = default(DayOpening);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, values) = part.Split('=', 2) is [var left, var right] ? (left, right.Split(',')) : (part, []);
            opening = (name, values.Length) switch
            {
                ("carry", 5) => opening with
                {
                    Carried = new(Number(values[0]), Value(values[1]), Value(values[2]), Value(values[3]), MeterSample.Absent, MeterSample.Absent),
                    CarriedMs = Number(values[4]),
                },
                ("in", 2) => opening with { NetworkIn = new(Number(values[0]), Number(values[1])) },
                ("out", 2) => opening with { NetworkOut = new(Number(values[0]), Number(values[1])) },
                _ => throw new FormatException($"'{part}' is no part of an opening."),
            };
        }
        return opening;
    }

    private static string Text(long value) => value == MeterSample.Absent ? "" : value.ToString(CultureInfo.InvariantCulture);

    private static long Value(string text) => text.Length == 0 ? MeterSample.Absent : Number(text);

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
