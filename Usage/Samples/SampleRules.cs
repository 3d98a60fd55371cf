using System.Globalization;

namespace LaunchStack.Usage.Samples;

/// <summary>What every sample must keep to, whatever protocol brought it.</summary>
public static class SampleRules
{
    /// <summary>Percent of one core: ten thousand cores. More is a unit mistaken.</summary>
    public const double MaxCpu = 1_000_000;

    /// <summary>What a time is that is after the window, in words.</summary>
    public static string Ahead { get; } = $"more than {SampleWindow.AllowedAhead.TotalMinutes:0} minutes ahead of the server's clock";

    /// <summary>What a time is that is before the window, in words.</summary>
    public static string TooOld(in SampleWindow window) => $"older than raw samples are kept, which is since {Show(window.Earliest)}";

    /// <summary>The first rule that the sample breaks, or null.</summary>
    public static (string Code, string Detail)? Broken(in SampleWindow window, long time, in SampleValues values)
    {
        if (time > window.Latest)
            return (RejectionCodes.TimestampAhead, $"timestamp: {Show(time)} is {Ahead}.");
        if (time < window.Earliest)
            return (RejectionCodes.TimestampTooOld, $"timestamp: {Show(time)} is {TooOld(window)}.");
        for (var measure = (Measure)0; (int)measure < Measures.Count; measure++)
        {
            if (Broken(measure, values.Bits(measure)) is { } code)
                return (code, $"{measure.Column()}: {Why(code, measure)}.");
        }
        return null;
    }

    /// <summary>What a value breaks that is not null, as one of <see cref="RejectionCodes"/>; null when it can be.</summary>
    /// <param name="measure">The measure.</param>
    /// <param name="bits">As <see cref="SampleValues.Bits"/> has it.</param>
    public static string? Broken(Measure measure, long bits)
    {
        if (measure.IsFraction())
        {
            var value = BitConverter.Int64BitsToDouble(bits);
            if (!double.IsFinite(value))
                return RejectionCodes.NotANumber;
            if (value > measure.Max())
                return RejectionCodes.OutOfRange;
        }

        // The sign of a double is its highest bit too.
        return bits < 0 ? RejectionCodes.NegativeValue : null;
    }

    /// <summary>The range that a measure is above, in words.</summary>
    public static string Above(Measure measure) => string.Create(CultureInfo.InvariantCulture, $"above {measure.Max():0} {measure.Unit()}");

    /// <summary>A time in words.</summary>
    public static string Show(long time) =>
        time is > -60_000_000_000_000_000 and < 240_000_000_000_000_000
            ? PostgresTime.ToDateTime(time).ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
            : "the time";

    private static string Why(string code, Measure measure) => code switch
    {
        RejectionCodes.NotANumber => "not a finite number",
        RejectionCodes.OutOfRange => Above(measure),
        _ => "below zero",
    };
}
