using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>What a rate card can put a price on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChargedMeasure>))]
public enum ChargedMeasure
{
    /// <summary>Processor time.</summary>
    [JsonStringEnumMemberName("cpu")]
    Cpu,

    /// <summary>Memory held over time.</summary>
    [JsonStringEnumMemberName("memory")]
    Memory,

    /// <summary>Disk held over time.</summary>
    [JsonStringEnumMemberName("disk")]
    Disk,

    /// <summary>Traffic received.</summary>
    [JsonStringEnumMemberName("network_in")]
    NetworkIn,

    /// <summary>Traffic sent.</summary>
    [JsonStringEnumMemberName("network_out")]
    NetworkOut,
}
