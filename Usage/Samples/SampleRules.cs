namespace LaunchStack.Usage.Samples;

/// <summary>What every sample must keep to, whatever protocol brought it.</summary>
public static class SampleRules
{
    /// <summary>Percent of one core: ten thousand cores. More is a unit mistaken.</summary>
    public const double MaxCpu = 1_000_000;

    /// <summary>The first rule that the sample breaks, or null.</summary>
    public static (string Code, string Detail)? Broken(in SampleWindow window, long time, in SampleValues values)
    {
        if (time > window.Latest)
            return (RejectionCodes.TimestampAhead, $"timestamp: {Show(time)} is ahead of the server's clock by more than allowed.");
        if (time < window.Earliest)
            return (RejectionCodes.TimestampTooOld, $"timestamp: {Show(time)} is older than raw samples are kept.");
        if (!double.IsFinite(values.Cpu))
            return (RejectionCodes.NotANumber, "cpu_usage: not a finite number.");
        if (values.Cpu > MaxCpu)
            return (RejectionCodes.OutOfRange, "cpu_usage: above 1000000 percent of one core.");
        for (var measure = (Measure)0; (int)measure < Measures.Count; measure++)
        {
            // The sign of a double is its highest bit too.
            if (values.Bits(measure) < 0)
                return (RejectionCodes.NegativeValue, $"{measure.Column()}: below zero.");
        }
        return null;
    }

    private static string Show(long time) =>
        time is > -60_000_000_000_000_000 and < 240_000_000_000_000_000
            ? PostgresTime.ToDateTime(time).ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture)
            : "the time";
}
