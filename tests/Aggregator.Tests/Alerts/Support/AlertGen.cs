using CsCheck;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Tests.Alerts.Support;

/// <summary>Random rules and instances: gaps, restarts, late samples, versions of one sample, stops, other owners.</summary>
internal static class AlertGen
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
    public const int Ticks = 80;

    public static readonly Guid Owner = new("00000000-0000-0000-0000-0000000000aa");

    /// <summary>Samples of 40 minutes, from 20 before the first tick; a sample in six is late, one in ten comes twice with other values.</summary>
    public static readonly Gen<AlertSample[]> Samples = Gen.Select(
        Gen.Int[-1200, Ticks * 15].HashSet[0, 120], Gen.Int[0, 6].Array[120], Gen.Int[0, 900].Array[120], Gen.Long[0, 2_000_000].Array[120],
        Gen.Int[0, 9].Array[120], Gen.Int[0, 300].Array[120],
        (times, kinds, delays, values, twice, quiet) =>
        {
            var samples = new List<AlertSample>();
            var (n, from) = (0, Start.UtcTicks);
            // A gap of a few minutes somewhere.
            foreach (var second in times.Order().Where(t => t < quiet[0] || t > quiet[0] + quiet[1] * 2))
            {
                var at = from + second * TimeSpan.TicksPerSecond;
                var received = at + (kinds[n] == 0 ? delays[n] : kinds[n]) * TimeSpan.TicksPerSecond;
                var sample = new AlertSample(
                    at, received, long.MaxValue, values[n], kinds[n] == 1 ? AlertSample.None : values[n], kinds[n] == 2 ? AlertSample.None : 2_000_000,
                    values[n], kinds[n] == 3 ? AlertSample.None : values[n], values[n]);
                if (twice[n] == 0)
                {
                    var again = received + delays[n] * TimeSpan.TicksPerSecond;
                    samples.Add(sample with { SupersededAt = again });
                    samples.Add(sample with { ReceivedAt = again, Cpu = values[n] / 2, Memory = values[n] / 3 });
                }
                else
                {
                    samples.Add(sample);
                }
                n++;
            }
            return samples.ToArray();
        });

    private static readonly Gen<InstanceTarget[]> Targets = Gen.Select(
        Gen.Int[0, Ticks * 15].HashSet[0, 4], Gen.Bool.Array[5], Gen.Bool.Array[5], Gen.Int[0, 2].Select(n => new double?[] { null, 0.5, 2 }[n]),
        (changes, present, owned, cores) =>
        {
            var targets = new List<InstanceTarget> { new(Start.AddDays(-1), owned[0] ? Owner : null, Start.AddDays(-1), cores) };
            foreach (var second in changes.Order())
            {
                var (at, n) = (Start.AddSeconds(second), targets.Count);
                targets.Add(new(at, owned[n] ? Owner : null, present[n] ? targets[^1].PresentSince ?? at : null, cores));
            }
            return targets.ToArray();
        });

    public static readonly Gen<InstanceData[]> Instances = Gen.Select(Samples, Targets).Array[1, 4].Select(all =>
        all.Select((one, i) => new InstanceData(new(i + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]), one.Item2, one.Item1)).ToArray());

    private static readonly Gen<AlertRule> Rule = Gen.Select(
        Gen.Enum<AlertMeasure>(), Gen.Enum<AlertAggregate>(), Gen.Int[0, 2].Select(n => new[] { 30, 60, 150 }[n]), Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[1, 9], Gen.Int[1, 10],
        Gen.Int[0, 5],
        (measure, aggregate, span, holdFor, clearFor, limit, below, scope) =>
        {
            var (above, reach) = measure switch
            {
                AlertMeasure.CpuPercentage => (limit * 20m, (TimeSpan?)TimeSpan.FromSeconds(span)),
                AlertMeasure.MemoryPercentage => (limit * 10m, TimeSpan.FromSeconds(span)),
                AlertMeasure.Silence => (limit * 30m, null),
                AlertMeasure.PlatformSilence => (limit * 10m, TimeSpan.FromSeconds(span)),
                AlertMeasure.DiskUsage => (limit * 200_000m, TimeSpan.FromSeconds(span)),
                _ => (limit * 10_000m, TimeSpan.FromSeconds(span)),
            };
            var isPlatform = measure == AlertMeasure.PlatformSilence;
            return new AlertRule(
                new(9, 0, 0, [0, 0, 0, 0, 0, 0, 0, 9]), 1,
                new("r", measure, isPlatform || measure == AlertMeasure.Silence ? null : aggregate, reach, above, TimeSpan.FromSeconds(holdFor * 15),
                    above * below / 10, TimeSpan.FromSeconds(clearFor * 15), AlertSeverity.Warning, scope == 0 && !isPlatform ? Owner : null,
                    scope == 1 && !isPlatform ? new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]) : null, true),
                Start, scope == 2 ? Start.AddMinutes(11) : null);
        });

    public static readonly Gen<AlertRule[]> Rules = Rule.Array[1, 5].Select(rules => rules.Select((rule, i) => rule with { Version = i + 1 }).ToArray());
}
