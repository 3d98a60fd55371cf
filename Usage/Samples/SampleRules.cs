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
        if (values.Cpu < 0)
            return Negative("cpu_usage");
        if (values.Cpu > MaxCpu)
            return (RejectionCodes.OutOfRange, "cpu_usage: above 1000000 percent of one core.");
        if (values.Memory < 0)
            return Negative("memory_usage");
        if (values.MemoryLimit < 0)
            return Negative("memory_limit");
        if (values.Disk < 0)
            return Negative("disk_usage");
        if (values.NetworkIn < 0)
            return Negative("network_in");
        return values.NetworkOut < 0 ? Negative("network_out") : null;
    }

    private static (string, string) Negative(string field) => (RejectionCodes.NegativeValue, $"{field}: below zero.");

    private static string Show(long time) =>
        time is > -60_000_000_000_000_000 and < 240_000_000_000_000_000
            ? PostgresTime.ToDateTime(time).ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture)
            : "the time";
}
