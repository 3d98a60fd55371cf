namespace LaunchStack.Web.Instances;

/// <summary>An alert as the aggregator lists it.</summary>
public sealed record AlertRow(
    Guid Id, Guid RuleId, int Version, string RuleName, string Severity, string Measure, Guid? InstanceId, string? InstanceName, string State,
    decimal? Value, decimal Limit, DateTimeOffset Since, DateTimeOffset? RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    DateTimeOffset? MutedUntil)
{
    /// <summary>The chart that shows what the rule looks at; null: silence, which all of them show.</summary>
    public string? Panel => Measure switch
    {
        "cpu_usage" or "cpu_percentage" => "cpu",
        "memory_usage" or "memory_percentage" => "memory",
        "disk_usage" => "disk",
        "network_in_rate" or "network_out_rate" => "rate",
        _ => null,
    };
}
