using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Tests.Alerts.Support;

/// <summary>
/// What docs/alerts.md says, written down as plainly as can be: at every tick everything is looked at again, nothing is shared with the
/// service but the types.
/// </summary>
internal sealed class AlertModel(IReadOnlyList<AlertRule> rules, IReadOnlyList<InstanceData> instances, DateTimeOffset firstTick)
{
    private sealed record Alert(string State, int Evidence, DateTimeOffset Since, DateTimeOffset? LastSample, bool Counted);

    private readonly Dictionary<(AlertRule, Guid), Alert> _alerts = [];

    public List<string> Lines { get; } = [];

    public void Tick(DateTimeOffset tick)
    {
        var platformSilent = false;
        foreach (var rule in rules.Where(r => r.Definition.Measure == AlertMeasure.PlatformSilence))
        {
            var span = rule.Definition.Span!.Value;
            var heard = instances.Where(i => Target(i, tick)?.PresentSince is not null)
                .Select(i => Known(i, tick).Where(s => s.At > (tick - span * 2).UtcTicks).ToList()).Where(s => s.Count > 0).ToList();
            var silent = heard.Count(s => s.Max(x => x.At) <= (tick - span).UtcTicks);
            decimal? share = heard.Count == 0 ? null : silent < 2 ? 0 : Math.Round(100m * silent / heard.Count, 6);
            Step(rule, Guid.Empty, Holds(rule, tick) ? null : "rule_changed", share, null, tick, false);
            platformSilent |= _alerts.GetValueOrDefault((rule, Guid.Empty))?.State is "Pending" or "Firing" or "Recovering";
        }
        foreach (var rule in rules.Where(r => r.Definition.Measure != AlertMeasure.PlatformSilence))
        {
            foreach (var instance in instances)
            {
                if (Target(instance, tick) is { } target)
                    Look(rule, instance, target, tick, platformSilent);
            }
        }
    }

    private void Look(AlertRule rule, InstanceData instance, InstanceTarget target, DateTimeOffset tick, bool platformSilent)
    {
        var before = _alerts.GetValueOrDefault((rule, instance.Id));
        var covered = rule.Definition.InstanceId is { } one ? one == instance.Id : rule.Definition.UserId is not { } user || target.UserId == user;
        var over = !Holds(rule, tick) ? "rule_changed" : target.PresentSince is null ? "instance_stopped" : !covered ? "instance_left_scope" : null;
        if (over is not null)
        {
            Step(rule, instance.Id, over, null, null, tick, false);
            return;
        }
        var known = Known(instance, tick);
        if (rule.Definition.Measure == AlertMeasure.Silence)
        {
            var reach = tick - TimeSpan.FromSeconds((double)rule.Definition.Above + 16);
            var newest = known.Where(s => s.At > reach.UtcTicks).Select(s => (DateTimeOffset?)new DateTimeOffset(s.At, TimeSpan.Zero)).Max() ?? before?.LastSample;
            if (newest is null && before is null && tick == firstTick)
                newest = known.Where(s => s.At > (tick - TimeSpan.FromHours(24)).UtcTicks).Select(s => (DateTimeOffset?)new DateTimeOffset(s.At, TimeSpan.Zero)).Max();
            if (newest is null && before is null)
                return;
            var since = newest > target.PresentSince ? newest.Value : target.PresentSince!.Value;
            Step(rule, instance.Id, null, (decimal)(tick - since).Ticks / 10_000_000, newest, tick, platformSilent);
            return;
        }
        var window = known.Where(s => s.At > (tick - rule.Definition.Span!.Value).UtcTicks).OrderBy(s => s.At).ToList();
        Step(rule, instance.Id, null, Value(rule.Definition, window, target), null, tick, false);
    }

    private static decimal? Value(AlertDefinition rule, List<AlertSample> window, InstanceTarget target)
    {
        decimal[] levels = rule.Measure switch
        {
            AlertMeasure.CpuPercentage => [.. window.Where(s => s.Cpu >= 0).Select(s => (decimal)s.Cpu)],
            AlertMeasure.MemoryPercentage => [.. window.Where(s => s.Memory >= 0 && s.MemoryLimit > 0).Select(s => Math.Floor(s.Memory * 100_000_000m / s.MemoryLimit))],
            AlertMeasure.DiskUsage => [.. window.Where(s => s.Disk >= 0).Select(s => (decimal)s.Disk)],
            _ => [],
        };
        if (rule.Measure is AlertMeasure.NetworkInRate or AlertMeasure.NetworkOutRate)
        {
            var readings = window.Select(s => (s.At, Bytes: rule.Measure == AlertMeasure.NetworkInRate ? s.NetworkIn : s.NetworkOut)).Where(r => r.Bytes >= 0).ToList();
            var steps = readings.Zip(readings.Skip(1), (a, b) => (Ticks: b.At - a.At, Bytes: b.Bytes < a.Bytes ? b.Bytes : b.Bytes - a.Bytes)).ToList();
            if (steps.Count == 0)
                return null;
            return Math.Round(rule.Aggregate == AlertAggregate.Maximum
                ? steps.Max(s => (decimal)s.Bytes / s.Ticks * 10_000_000)
                : (decimal)steps.Sum(s => s.Bytes) / steps.Sum(s => s.Ticks) * 10_000_000, 6);
        }
        if (levels.Length == 0)
            return null;
        var level = rule.Aggregate == AlertAggregate.Maximum ? levels.Max() : levels.Sum() / levels.Length;
        return Math.Round(rule.Measure switch
        {
            AlertMeasure.CpuPercentage => level / 10_000 / (decimal)(target.CpuLimit ?? 1),
            AlertMeasure.MemoryPercentage => level / 1_000_000,
            _ => level,
        }, 6);
    }

    private void Step(AlertRule rule, Guid instance, string? over, decimal? value, DateTimeOffset? lastSample, DateTimeOffset tick, bool heldBack)
    {
        var before = _alerts.GetValueOrDefault((rule, instance));
        var (above, below) = (value > rule.Definition.Above, value < rule.Definition.Below);
        var state = before?.State ?? "Inactive";
        var after = (before, over, value) switch
        {
            (null, not null, _) or (null, _, null) => null,
            (_, not null, _) => state == "Inactive" ? before : new("Inactive", 0, tick, null, false),
            (_, _, null) => state is "Inactive" or "Pending" ? new("Silent", 0, tick, null, false) : before,
            _ => Seen(),
        };
        if (after is null)
            return;
        _alerts[(rule, instance)] = after;
        if (after.State != state)
            Lines.Add($"{tick:HH:mm:ss} {rule.Version} {instance} {state}>{after.State} {(over is null && value is { } v ? $"{v:0.######}" : "-")} {after.Since:HH:mm:ss}");

        Alert? Seen()
        {
            switch (state)
            {
                case "Inactive" or "Silent":
                    if (!above)
                        return state == "Silent" || before is null ? new("Inactive", 0, tick, null, false) : before;
                    return heldBack ? new("Pending", 0, tick, lastSample, true) : Raised(new("Pending", 1, tick, lastSample, true));
                case "Pending":
                    return !above ? new("Inactive", 0, tick, null, false) : heldBack ? before : Raised(before! with { Evidence = before.Evidence + 1 });
                default:
                    if (!below)
                        return before! with { State = "Firing", Evidence = 0 };
                    var held = before!.Evidence + 1;
                    return (held - 1) * 15 >= rule.Definition.ClearFor.TotalSeconds
                        ? new("Inactive", 0, tick, null, false)
                        : before with { State = "Recovering", Evidence = held };
            }
        }

        Alert Raised(Alert pending) =>
            (pending.Evidence - 1) * 15 >= rule.Definition.For.TotalSeconds ? pending with { State = "Firing", Evidence = 0 } : pending;
    }

    private static bool Holds(AlertRule rule, DateTimeOffset tick) => !(rule.ValidFrom > tick) && !(tick >= rule.ValidTo);

    private static InstanceTarget? Target(InstanceData instance, DateTimeOffset tick) =>
        instance.Targets.LastOrDefault(t => t.ChangedAt <= tick.AddSeconds(5));

    private static List<AlertSample> Known(InstanceData instance, DateTimeOffset tick) =>
        [.. instance.Samples.ToArray().Where(s => s.At <= tick.UtcTicks && s.ReceivedAt <= tick.AddSeconds(5).UtcTicks && s.SupersededAt > tick.AddSeconds(5).UtcTicks)];
}
