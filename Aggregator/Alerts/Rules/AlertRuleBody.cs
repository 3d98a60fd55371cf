using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>A rule as it is sent.</summary>
/// <param name="Name">Shown to people.</param>
/// <param name="Measure"><c>cpu_percentage</c>, <c>memory_percentage</c>, <c>disk_usage</c>, <c>network_in_rate</c>, <c>network_out_rate</c>, <c>silence</c> or <c>platform_silence</c>.</param>
/// <param name="Aggregate"><c>average</c> (unless given) or <c>maximum</c>; not of silence.</param>
/// <param name="SpanSeconds">How far back each tick looks; 60 unless given; not of <c>silence</c>.</param>
/// <param name="Above">Raised above this, in the unit of the measure.</param>
/// <param name="ForSeconds">For that long; 0 unless given.</param>
/// <param name="Below">Cleared below this; <paramref name="Above"/> unless given.</param>
/// <param name="ClearForSeconds">For that long; 0 unless given.</param>
/// <param name="Severity"><c>info</c>, <c>warning</c> (unless given) or <c>critical</c>.</param>
/// <param name="Scope"><c>all</c>, <c>user</c> or <c>instance</c>; follows from the two below unless given.</param>
/// <param name="UserId">The user of scope <c>user</c>.</param>
/// <param name="InstanceId">The instance of scope <c>instance</c>.</param>
/// <param name="Enabled">True unless given.</param>
/// <param name="MutedUntil">Until then its alerts are not notified.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AlertRuleBody(
    string? Name, string? Measure, string? Aggregate, long? SpanSeconds, decimal? Above, long? ForSeconds, decimal? Below, long? ClearForSeconds,
    string? Severity, string? Scope, Guid? UserId, Guid? InstanceId, bool? Enabled, DateTimeOffset? MutedUntil);
