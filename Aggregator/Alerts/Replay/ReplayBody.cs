using System.Text.Json.Serialization;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>What to replay.</summary>
/// <param name="RuleId">A stored rule.</param>
/// <param name="Version">Its version; the newest unless given.</param>
/// <param name="Rule">Or a rule that is not stored.</param>
/// <param name="From">Start; the version's own unless given, of a rule that is not stored 30 days ago.</param>
/// <param name="To">End, exclusive; the last tick evaluated, or now, unless given.</param>
/// <param name="InstanceId">Only this instance.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ReplayBody(Guid? RuleId, int? Version, AlertRuleBody? Rule, DateTimeOffset? From, DateTimeOffset? To, Guid? InstanceId);
