using System.Text.Json.Serialization;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>How long a rule is muted.</summary>
/// <param name="Until">Until then; null: not any more.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MuteBody(DateTimeOffset? Until);
