namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>What a version of a rule says.</summary>
/// <param name="Name">Shown to people.</param>
/// <param name="Measure">What it looks at.</param>
/// <param name="Aggregate">How the samples of the span become a value; null for silence.</param>
/// <param name="Span">How far back a tick looks; null for an instance's silence, where the limit is the span.</param>
/// <param name="Above">Raised above this, in the unit of the measure.</param>
/// <param name="For">For that long.</param>
/// <param name="Below">Cleared below this.</param>
/// <param name="ClearFor">For that long.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="UserId">Only this user's instances.</param>
/// <param name="InstanceId">Only this instance.</param>
/// <param name="Enabled">False: it is not evaluated.</param>
internal sealed record AlertDefinition(
    string Name, AlertMeasure Measure, AlertAggregate? Aggregate, TimeSpan? Span, decimal Above, TimeSpan For, decimal Below, TimeSpan ClearFor,
    AlertSeverity Severity, Guid? UserId, Guid? InstanceId, bool Enabled)
{
    /// <summary>The platform's silence is one state, not one an instance.</summary>
    public bool IsPlatform => Measure == AlertMeasure.PlatformSilence;

    /// <summary>How old samples may be that a tick looks at.</summary>
    public TimeSpan Reach => Measure switch
    {
        // More than a tick beyond the limit: at the first tick above it, the last sample is still seen.
        AlertMeasure.Silence => TimeSpan.FromSeconds((double)Above + 1) + Evaluation.AlertTicks.Interval,
        AlertMeasure.PlatformSilence => Span!.Value * 2,
        _ => Span!.Value,
    };
}
