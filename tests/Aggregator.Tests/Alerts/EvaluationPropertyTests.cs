using CsCheck;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Tests.Alerts.Support;

namespace LaunchStack.Aggregator.Tests.Alerts;

public sealed class EvaluationPropertyTests
{
    [Fact]
    public void Transitions_are_those_of_the_model_however_the_ticks_are_cut() =>
        Gen.Select(AlertGen.Rules, AlertGen.Instances, Gen.Int[1, 30].Array[AlertGen.Ticks]).Sample(
            (rules, instances, cuts) =>
            {
                var model = new AlertModel(rules, instances, AlertGen.Start);
                var ticks = AlertTicks.Between(AlertGen.Start, AlertGen.Start + AlertTicks.Interval * (AlertGen.Ticks - 1));
                foreach (var tick in ticks)
                    model.Tick(tick);
                Assert.Equal(model.Lines.Order(StringComparer.Ordinal), Run(rules, instances, ticks, cuts).Order(StringComparer.Ordinal));
            },
            iter: 300);

    [Fact]
    public void Samples_that_come_after_a_tick_or_in_another_order_change_nothing_of_it() =>
        Gen.Select(AlertGen.Rules, AlertGen.Instances, Gen.Int[1, AlertGen.Ticks - 1]).Sample(
            (rules, instances, count) =>
            {
                var ticks = AlertTicks.Between(AlertGen.Start, AlertGen.Start + AlertTicks.Interval * (count - 1));
                var cutoff = AlertTicks.Cutoff(ticks[^1]).UtcTicks;
                var known = instances.Select(i => i with
                {
                    Samples = i.Samples.ToArray().Where(s => s.ReceivedAt <= cutoff)
                        .Select(s => s.SupersededAt > cutoff ? s with { SupersededAt = long.MaxValue } : s)
                        .Reverse().OrderBy(s => s.At).ToArray(),
                }).ToArray();
                Assert.Equal(Run(rules, instances, ticks, [count]), Run(rules, known, ticks, [count]));
            },
            iter: 150);

    [Fact]
    public void A_window_that_runs_holds_at_every_tick_what_its_samples_say() =>
        Gen.Select(AlertGen.Samples, Gen.Enum<AlertMeasure>(), Gen.Enum<AlertAggregate>(), Gen.Int[15, 1500], Gen.Int[0, 30]).Sample(
            (samples, measure, aggregate, span, skipped) =>
            {
                var isSilence = measure is AlertMeasure.Silence or AlertMeasure.PlatformSilence;
                var rule = new AlertDefinition(
                    "r", measure, isSilence ? null : aggregate, TimeSpan.FromSeconds(span), span, TimeSpan.Zero, 1, TimeSpan.Zero, AlertSeverity.Info, null, null, true);
                var ticks = AlertTicks.Between(AlertGen.Start, AlertGen.Start + AlertTicks.Interval * (AlertGen.Ticks - 1));
                var window = new RunningWindow(rule, new(Guid.Empty, [], samples), ticks);
                for (var i = skipped; i < ticks.Length; i += (skipped % 3) + 1)
                {
                    window.MoveTo(i);
                    var known = samples.Where(s => s.At > (ticks[i] - rule.Reach).UtcTicks && s.At <= ticks[i].UtcTicks && IsKnown(s, ticks[i])).ToList();
                    if (isSilence)
                        Assert.Equal(known.Count == 0 ? null : known[^1].At, window.Newest?.UtcTicks);
                    else
                        Assert.Equal(Plain(rule, known), window.Value);
                }
            },
            iter: 2000);

    [Fact]
    public void An_evaluation_that_nobody_waits_for_any_more_ends_between_two_ticks()
    {
        var rule = new AlertRule(Guid.Empty, 1, new("r", AlertMeasure.Silence, null, null, 60, default, 60, default, AlertSeverity.Info, null, null, true));
        var data = new InstanceData(Guid.Empty, [new(AlertGen.Start.AddDays(-1), null, AlertGen.Start.AddDays(-1), null)], default);
        var platform = new PlatformEvaluation(rule with { Definition = rule.Definition with { Span = TimeSpan.FromMinutes(1) } }, [AlertGen.Start]);
        var gone = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => { RuleEvaluation.Run(rule, data, null, null, [AlertGen.Start], [false], [], gone); });
        Assert.Throws<OperationCanceledException>(() => platform.Add(data, AlertGen.Start, AlertGen.Start, gone));
    }

    private static bool IsKnown(AlertSample sample, DateTimeOffset tick) =>
        sample.ReceivedAt <= AlertTicks.Cutoff(tick).UtcTicks && AlertTicks.Cutoff(tick).UtcTicks < sample.SupersededAt;

    // Each window by itself, from all its samples.
    private static decimal? Plain(AlertDefinition rule, List<AlertSample> known)
    {
        Func<AlertSample, long> reading = rule.Measure switch
        {
            AlertMeasure.CpuPercentage => s => s.Cpu,
            AlertMeasure.MemoryPercentage => s => s.Memory < 0 || s.MemoryLimit <= 0 ? AlertSample.None : (long)(s.Memory * 100_000_000m / s.MemoryLimit),
            AlertMeasure.DiskUsage => s => s.Disk,
            AlertMeasure.NetworkInRate => s => s.NetworkIn,
            _ => s => s.NetworkOut,
        };
        var readings = known.Select(s => (s.At, Value: reading(s))).Where(r => r.Value != AlertSample.None).ToList();
        if (rule.Measure is not (AlertMeasure.NetworkInRate or AlertMeasure.NetworkOutRate))
            return readings.Count == 0 ? null : rule.Aggregate == AlertAggregate.Maximum ? readings.Max(r => r.Value) : readings.Sum(r => (decimal)r.Value) / readings.Count;
        var steps = readings.Zip(readings.Skip(1), (a, b) => (Ticks: b.At - a.At, Bytes: b.Value < a.Value ? b.Value : b.Value - a.Value)).ToList();
        return steps.Count == 0 ? null
            : rule.Aggregate == AlertAggregate.Maximum ? steps.Max(s => (decimal)s.Bytes / s.Ticks * TimeSpan.TicksPerSecond)
            : steps.Sum(s => (decimal)s.Bytes) / (readings[^1].At - readings[0].At) * TimeSpan.TicksPerSecond;
    }

    private static List<string> Run(AlertRule[] rules, InstanceData[] instances, DateTimeOffset[] ticks, int[] cuts)
    {
        var states = new Dictionary<StateKey, AlertState>();
        var lines = new List<string>();
        for (var (at, cut) = (0, 0); at < ticks.Length; cut++)
        {
            var batch = ticks.AsSpan(at, Math.Min(cuts[cut], ticks.Length - at)).ToArray();
            at += batch.Length;
            var starts = new Dictionary<StateKey, AlertState>();
            if (batch[0] == AlertGen.Start)
            {
                foreach (var rule in rules.Where(r => r.Definition.Measure == AlertMeasure.Silence))
                {
                    foreach (var data in instances)
                    {
                        var known = data.Between(AlertGen.Start - RuleEvaluation.FirstLook, AlertGen.Start).ToArray().Where(s => IsKnown(s, AlertGen.Start));
                        if (known.Select(s => s.At).DefaultIfEmpty().Max() is > 0 and var last)
                            starts.Add(StateKey.Of(rule, data.Id), TickEvaluation.StartOf(AlertGen.Start, new(last, TimeSpan.Zero)));
                    }
                }
            }
            var result = TickEvaluation.Run(rules, instances, states, starts, batch, CancellationToken.None);
            foreach (var (key, state) in result.Changed)
                states[key] = state;
            lines.AddRange(result.Transitions.Select(t =>
                $"{t.Tick:HH:mm:ss} {t.Rule.Version} {t.InstanceId} {t.From}>{t.To.Status} {(t.To.Value is { } v ? $"{v:0.######}" : "-")} {t.To.Since:HH:mm:ss}"));
        }
        return lines;
    }
}
