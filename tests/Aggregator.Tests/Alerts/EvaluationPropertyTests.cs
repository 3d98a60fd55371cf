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
                        if (data.NewestAt(AlertGen.Start, RuleEvaluation.FirstLook) is { } last)
                            starts.Add(StateKey.Of(rule, data.Id), TickEvaluation.StartOf(AlertGen.Start, last));
                    }
                }
            }
            var result = TickEvaluation.Run(rules, instances, states, starts, batch);
            foreach (var (key, state) in result.Changed)
                states[key] = state;
            lines.AddRange(result.Transitions.Select(t =>
                $"{t.Tick:HH:mm:ss} {t.Rule.Version} {t.InstanceId} {t.From}>{t.To.Status} {(t.To.Value is { } v ? $"{v:0.######}" : "-")} {t.To.Since:HH:mm:ss}"));
        }
        return lines;
    }
}
