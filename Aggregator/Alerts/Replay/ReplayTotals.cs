using LaunchStack.Aggregator.Alerts.Evaluation;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>Adds a replay up.</summary>
internal static class ReplayTotals
{
    /// <summary>How often and for how long, by instance, longest first.</summary>
    public static IReadOnlyList<InstanceTotal> Of(ReplayResult result, DateTimeOffset first, DateTimeOffset end)
    {
        var open = result.OpenAtStart.ToDictionary(i => i, _ => first);
        var totals = new Dictionary<Guid, (int Fired, TimeSpan Total)>();
        foreach (var transition in result.Transitions)
        {
            var (fired, total) = totals.GetValueOrDefault(transition.InstanceId);
            if (transition.Raises)
            {
                open[transition.InstanceId] = transition.Tick;
                totals[transition.InstanceId] = (fired + 1, total);
            }
            else if (transition.Resolves && open.Remove(transition.InstanceId, out var since))
            {
                totals[transition.InstanceId] = (fired, total + (transition.Tick - since));
            }
        }
        foreach (var (instance, since) in open)
        {
            var (fired, total) = totals.GetValueOrDefault(instance);
            totals[instance] = (fired, total + (end - since));
        }
        return [.. totals.OrderByDescending(t => t.Value.Total).ThenBy(t => t.Key)
            .Select(t => new InstanceTotal(t.Key == Guid.Empty ? null : t.Key, t.Value.Fired, t.Value.Total.TotalSeconds))];
    }

    /// <summary>Such as "would have fired 7 times in 30 days, 3 h 12 min in all".</summary>
    public static string Sentence(int fired, double totalSeconds, TimeSpan span) =>
        $"would have fired {(fired == 1 ? "once" : $"{fired} times")} in {Span(span)}, {Span(TimeSpan.FromSeconds(totalSeconds))} in all";

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => $"{(int)span.TotalSeconds} s",
        { TotalMinutes: < 60 } => Two((int)span.TotalMinutes, "min", span.Seconds, "s"),
        { TotalHours: < 48 } => Two((int)span.TotalHours, "h", span.Minutes, "min"),
        _ => Two((int)span.TotalDays, "days", span.Hours, "h"),
    };

    private static string Two(int large, string unit, int small, string smaller) => small == 0 ? $"{large} {unit}" : $"{large} {unit} {small} {smaller}";
}
