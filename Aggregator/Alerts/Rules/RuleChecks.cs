using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>
/// Checks a rule as it was sent. One that could never be raised, or never cleared, is refused: its silence, or its noise, would be
/// taken for the truth.
/// </summary>
internal static class RuleChecks
{
    private const int MaxNameLength = 200;

    // What a tick reads grows with the span: 10,000 instances with a sample every 10 s are 3.6 million rows an hour.
    private static readonly TimeSpan MaxSpan = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxFor = TimeSpan.FromDays(7);
    private static readonly TimeSpan MinRateSpan = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MinSilence = TimeSpan.FromSeconds(30);

    /// <summary>What it says.</summary>
    /// <exception cref="ParameterException">It is refused.</exception>
    public static AlertDefinition Of(AlertRuleBody body, DateTimeOffset now)
    {
        if (body.Name?.Trim() is not { Length: > 0 and <= MaxNameLength } name || name.Any(char.IsControl))
            throw Wrong("name", $"Give 1 to {MaxNameLength} characters, without control characters.");
        if (!WireNames.TryParse<AlertMeasure>(body.Measure, out var measure))
            throw Wrong("measure", $"Give one of {WireNames.All<AlertMeasure>()}.");
        if (!WireNames.TryParse<AlertSeverity>(body.Severity ?? "warning", out var severity))
            throw Wrong("severity", $"Give one of {WireNames.All<AlertSeverity>()}.");
        if (body.MutedUntil <= now)
            throw Wrong("muted_until", "This time has passed.");

        CheckSpans(body, measure);
        CheckLimits(body, measure);
        CheckScope(body, measure);
        return new(
            name, measure, HasSeries(measure) ? WireNames.Parse<AlertAggregate>(body.Aggregate ?? "average") : null,
            measure == AlertMeasure.Silence ? null : TimeSpan.FromSeconds(body.SpanSeconds ?? 60),
            body.Above!.Value, TimeSpan.FromSeconds(body.ForSeconds ?? 0), body.Below ?? body.Above.Value, TimeSpan.FromSeconds(body.ClearForSeconds ?? 0),
            severity, body.UserId, body.InstanceId, body.Enabled ?? true);
    }

    private static void CheckSpans(AlertRuleBody body, AlertMeasure measure)
    {
        if (HasSeries(measure) ? !WireNames.TryParse<AlertAggregate>(body.Aggregate ?? "average", out _) : body.Aggregate is not null)
            throw Wrong("aggregate", HasSeries(measure) ? $"Give one of {WireNames.All<AlertAggregate>()}." : $"{body.Measure} is no series of values: leave it out.");
        if (measure == AlertMeasure.Silence && body.SpanSeconds is not null)
            throw Wrong("span_seconds", "The limit of a silence is its span: leave it out.");
        var shortest = measure is AlertMeasure.NetworkInRate or AlertMeasure.NetworkOutRate or AlertMeasure.PlatformSilence ? MinRateSpan : AlertTicks.Interval;
        if (!IsWithin(body.SpanSeconds ?? 60, shortest, MaxSpan))
            throw Wrong("span_seconds", $"Give {shortest.TotalSeconds} to {MaxSpan.TotalSeconds}{(shortest == MinRateSpan ? ": in less there are seldom two samples, and it would never be raised" : "")}.");
        if (!IsWithin(body.ForSeconds ?? 0, TimeSpan.Zero, MaxFor))
            throw Wrong("for_seconds", $"Give 0 to {MaxFor.TotalSeconds}.");
        if (!IsWithin(body.ClearForSeconds ?? 0, TimeSpan.Zero, MaxFor))
            throw Wrong("clear_for_seconds", $"Give 0 to {MaxFor.TotalSeconds}.");
    }

    private static void CheckLimits(AlertRuleBody body, AlertMeasure measure)
    {
        if (body.Above is not { } above)
            throw Wrong("above", "Give the limit above which it is raised.");
        var below = body.Below ?? above;
        if (above < 0)
            throw Wrong("above", "No value is below zero: it would be raised always and never be cleared.");
        if (above >= Largest(measure))
            throw Wrong("above", $"{body.Measure} is never above {Largest(measure)}: it would never be raised.");
        if (measure == AlertMeasure.Silence && above > (decimal)MaxSpan.TotalSeconds)
            throw Wrong("above", $"Give at most {MaxSpan.TotalSeconds}; for_seconds adds to it.");
        if (measure == AlertMeasure.Silence && above < (decimal)MinSilence.TotalSeconds)
            throw Wrong("above", $"Give at least {MinSilence.TotalSeconds}: between two samples every instance is silent.");
        if (below > above)
            throw Wrong("below", "It is above the limit: what was raised would be cleared at once.");
        if (below <= 0)
            throw Wrong("below", "No value is below zero: it would never be cleared.");
        // Samples are this far apart, and on their way for a while.
        if (measure == AlertMeasure.Silence && below < (decimal)AlertTicks.Interval.TotalSeconds)
            throw Wrong("below", $"Give at least {AlertTicks.Interval.TotalSeconds}: the newest sample is seldom newer, and it would never be cleared.");
    }

    private static void CheckScope(AlertRuleBody body, AlertMeasure measure)
    {
        if (body is { UserId: not null, InstanceId: not null })
            throw Wrong("instance_id", "A rule is for a user or for an instance: leave one out.");
        var scope = body.InstanceId is not null ? "instance" : body.UserId is not null ? "user" : "all";
        if (body.Scope is not null and not ("all" or "user" or "instance"))
            throw Wrong("scope", "Give one of all, user, instance.");
        if (body.Scope is { } given && given != scope)
            throw given == "all" ? Wrong("scope", $"With {scope}_id the scope is {scope}.") : Wrong($"{given}_id", $"Scope {given} needs it.");
        if (measure == AlertMeasure.PlatformSilence && scope != "all")
            throw Wrong("scope", "The platform is one: its scope is all.");
    }

    private static decimal Largest(AlertMeasure measure) => measure switch
    {
        AlertMeasure.CpuPercentage => (decimal)SampleRules.MaxCpu,
        AlertMeasure.MemoryPercentage or AlertMeasure.PlatformSilence => 100,
        AlertMeasure.Silence => decimal.MaxValue,
        _ => long.MaxValue,
    };

    private static bool HasSeries(AlertMeasure measure) => measure is not (AlertMeasure.Silence or AlertMeasure.PlatformSilence);

    private static bool IsWithin(long seconds, TimeSpan shortest, TimeSpan longest) => seconds >= shortest.TotalSeconds && seconds <= longest.TotalSeconds;

    private static ParameterException Wrong(string parameter, string detail) => new(parameter, detail);
}
