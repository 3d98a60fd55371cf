using System.Text.Json.Serialization;

namespace LaunchStack.Web.Alerts;

/// <summary>How long a rule is muted.</summary>
/// <param name="Until">Until then; null, which is sent as such: not any more.</param>
internal sealed record MuteBody([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Until);
