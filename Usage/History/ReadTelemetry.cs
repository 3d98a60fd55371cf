using System.Diagnostics.Metrics;

namespace LaunchStack.Usage.History;

/// <summary>What of an original is in no answer because it cannot be; names are documented in docs/telemetry.md.</summary>
public static class ReadTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "LaunchStack.Usage";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Values = Meter.CreateCounter<long>(
        "launchstack.usage.read.values_left_out", "{value}", "Measures of an original that were read and cannot be: NaN, infinity, below zero, no number.");

    private static readonly Counter<long> Samples = Meter.CreateCounter<long>(
        "launchstack.usage.read.samples_left_out", "{sample}", "Samples of an original left out of a latest value for their time: none, infinity, before 1970, to come.");

    internal static void LeftOutValues(int count)
    {
        if (count > 0)
            Values.Add(count);
    }

    internal static void LeftOutSamples(long count)
    {
        if (count > 0)
            Samples.Add(count);
    }
}
