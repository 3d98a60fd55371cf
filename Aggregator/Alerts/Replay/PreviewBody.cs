using System.Text.Json.Serialization;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>What to try.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="From">Start; 30 days ago unless given.</param>
/// <param name="To">End; now unless given.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PreviewBody(AlertRuleBody? Rule, DateTimeOffset? From, DateTimeOffset? To);
