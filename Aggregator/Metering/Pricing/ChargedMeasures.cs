using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>How measures are named and where their quantity stands.</summary>
internal static class ChargedMeasures
{
    public static Int128 Of(this in Quantities quantities, ChargedMeasure measure) => measure switch
    {
        ChargedMeasure.Cpu => quantities.CpuCoreNs,
        ChargedMeasure.Memory => quantities.MemoryByteMs,
        ChargedMeasure.Disk => quantities.DiskByteMs,
        ChargedMeasure.NetworkIn => quantities.NetworkInBytes,
        ChargedMeasure.NetworkOut => quantities.NetworkOutBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "No measure."),
    };

    /// <summary>The name on the wire and in the database.</summary>
    public static string Name(this ChargedMeasure measure) => measure switch
    {
        ChargedMeasure.Cpu => "cpu",
        ChargedMeasure.Memory => "memory",
        ChargedMeasure.Disk => "disk",
        ChargedMeasure.NetworkIn => "network_in",
        ChargedMeasure.NetworkOut => "network_out",
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "No measure."),
    };

    /// <summary>The measure of that name; null: none.</summary>
    public static ChargedMeasure? Parse(string? name) => Enum.GetValues<ChargedMeasure>().Cast<ChargedMeasure?>().FirstOrDefault(m => m!.Value.Name() == name);
}
