namespace LaunchStack.Aggregator.Alerts.Notifications;

/// <summary>An alert as it is told.</summary>
/// <param name="Event"><c>raised</c>, <c>repeated</c> or <c>resolved</c>.</param>
/// <param name="AlertId">The alert.</param>
/// <param name="RuleId">Its rule.</param>
/// <param name="Version">The rule's version.</param>
/// <param name="RuleName">The rule's name.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Measure">What the rule looks at.</param>
/// <param name="InstanceId">The instance; null: the platform.</param>
/// <param name="InstanceName">Its name.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="Value">The value when it was raised.</param>
/// <param name="Limit">The limit crossed.</param>
/// <param name="Since">Since when.</param>
/// <param name="RaisedAt">When it had lasted for long enough.</param>
/// <param name="ResolvedAt">When it was over.</param>
/// <param name="Resolution">Why it was over.</param>
internal sealed record NotifiedAlert(
    string Event, Guid AlertId, Guid RuleId, int Version, string? RuleName, string Severity, string Measure, Guid? InstanceId, string? InstanceName,
    Guid? UserId, decimal Value, decimal Limit, DateTimeOffset Since, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution)
{
    /// <summary>One line for people. Names come from outside: what would start a new line does not.</summary>
    public override string ToString()
    {
        var subject = InstanceId is null ? "the platform" : $"{Clean(InstanceName ?? "instance")} ({InstanceId})";
        var unit = Measure switch
        {
            "cpu_percentage" or "memory_percentage" or "platform_silence" => "%",
            "silence" => " s",
            "disk_usage" => " bytes",
            _ => " bytes/s",
        };
        var end = ResolvedAt is null ? "" : FormattableString.Invariant($", over at {ResolvedAt:yyyy-MM-dd HH:mm:ss}Z ({Resolution})");
        return FormattableString.Invariant(
            $"{Event}: {Severity}, {Clean(RuleName ?? Measure)}: {subject}, {Measure} {Value:0.##}{unit}, limit {Limit:0.##}{unit}, since {Since:yyyy-MM-dd HH:mm:ss}Z{end}");
    }

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
