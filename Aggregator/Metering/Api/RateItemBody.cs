using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>One price of a new rate card.</summary>
/// <param name="Measure">cpu, memory, disk, network_in or network_out.</param>
/// <param name="Unit">core-hour or core-minute; GB-hour, GiB-hour, GB-minute or GiB-minute; GB or GiB.</param>
/// <param name="Price">For one unit.</param>
/// <param name="Free">Whole units that a user has free each month.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RateItemBody(string? Measure, string? Unit, decimal? Price, long Free = 0);
