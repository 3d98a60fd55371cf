using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A new budget.</summary>
/// <param name="Amount">Of a month, in the currency of the rate card.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BudgetBody(decimal? Amount);
