using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Replay;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Aggregator.Tests.Alerts.Support;
using LaunchStack.Contracts;
using LaunchStack.ServiceDefaults.Problems;
using Npgsql;

namespace LaunchStack.Aggregator.Tests.Alerts;

/// <summary>What is stored, over a real database.</summary>
public sealed class AlertHistoryTests(AlertDatabase database) : IClassFixture<AlertDatabase>, IAsyncLifetime
{
    private static readonly AlertDefinition Silence = new(
        "silent", AlertMeasure.Silence, null, null, 60, TimeSpan.Zero, 30, TimeSpan.Zero, AlertSeverity.Critical, null, null, true);

    private static readonly AlertDefinition Platform = new(
        "platform", AlertMeasure.PlatformSilence, null, TimeSpan.FromSeconds(30), 50, TimeSpan.Zero, 25, TimeSpan.FromSeconds(30),
        AlertSeverity.Critical, null, null, true);

    private static readonly AlertDefinition Cpu = new(
        "cpu", AlertMeasure.CpuPercentage, AlertAggregate.Average, TimeSpan.FromSeconds(30), 90, TimeSpan.FromSeconds(30), 80, TimeSpan.FromSeconds(15),
        AlertSeverity.Warning, null, null, true);

    private readonly AlertDatabase _alerts = database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _alerts.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(7)]
    [InlineData(2026)]
    public async Task A_replay_gives_the_history_again_after_kills_at_any_point_two_aggregators_and_restarts(int seed)
    {
        var random = new Random(seed);
        var rules = new List<AlertRule>();
        foreach (var definition in new[] { Silence, Platform, Cpu, Cpu with { Measure = AlertMeasure.NetworkInRate, Above = 20_000, Below = 10_000 } })
            rules.Add(await _alerts.AddRuleAsync(definition, Token));
        var ids = Enumerable.Range(1, 6).Select(Id).ToList();
        foreach (var id in ids)
        {
            await _alerts.AddInstanceAsync(id);
            await _alerts.AddSamplesAsync(id, RandomSamples(random));
        }
        // Two are stopped for a while.
        foreach (var id in ids.Take(2))
            await _alerts.ExecuteAsync(
                $"""
                INSERT INTO alert_targets VALUES ('{id}', '{AlertDatabase.Start.AddSeconds(300):O}', NULL, NULL, NULL),
                    ('{id}', '{AlertDatabase.Start.AddSeconds(600):O}', NULL, '{AlertDatabase.Start.AddSeconds(600):O}', NULL)
                """);

        var end = AlertDatabase.Start + AlertTicks.Interval * 79;
        var first = _alerts.Aggregator().Evaluator;
        while ((await _alerts.History.ProgressAsync(Token))!.Value is var progress && progress.Last < end)
        {
            var last = progress.Last + AlertTicks.Interval * random.Next(1, 12);
            var claim = new LaunchStack.Aggregator.Alerts.Running.EvaluationClaim(progress.First, progress.Last);
            // One goes on with what it keeps, the other has just started.
            Task<TickResult?> Evaluate(CancellationToken token, bool other = false) =>
                (other ? _alerts.Aggregator().Evaluator : first).EvaluateAsync(claim, last < end ? last : end, token);
            switch (random.Next(4))
            {
                case 0:
                    // Wherever it is by then, nothing of it may stay, or all.
                    using (var kill = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(40))))
                    {
                        try
                        {
                            await Evaluate(kill.Token);
                        }
                        catch (Exception e) when (e is OperationCanceledException or NpgsqlException)
                        {
                        }
                    }
                    break;
                case 1:
                    var both = await Task.WhenAll(Evaluate(Token), Evaluate(Token, other: true));
                    Assert.Single(both, result => result is not null);
                    break;
                case 2:
                    await Evaluate(Token, other: true);
                    break;
                default:
                    await Evaluate(Token);
                    break;
            }
        }

        var stored = 0;
        foreach (var rule in rules)
        {
            // Whole, and from ticks in the middle.
            foreach (var from in new[] { AlertDatabase.Start, AlertDatabase.Start.AddSeconds(15 * 31), AlertDatabase.Start.AddSeconds(15 * 50) })
            {
                var history = await _alerts.History.TransitionsAsync(rule, from, end, null, Token);
                stored += history.Count;
                // In one part, and in as many as it takes when an instance has more samples than are read at once.
                using var small = _alerts.NewReplay(mostAtOnce: 100);
                foreach (var replay in new[] { _alerts.Replay, small })
                {
                    var replayed = await replay.RunAsync(rule, true, from, end, from == AlertDatabase.Start, Viewer.Everybody, null, Token);
                    Assert.True(replayed.Complete);
                    AssertSame(history, replayed);
                }
            }
        }
        Assert.True(stored > 40, $"only {stored} transitions");

        // Each raised once, each with one event, and nothing is open that has an end.
        Assert.Equal(
            await _alerts.ScalarAsync<long>("SELECT count(*) FROM alert_transitions WHERE to_state = 'firing' AND from_state <> 'recovering'"),
            await _alerts.ScalarAsync<long>($"SELECT count(DISTINCT body ->> 'alertId') FROM outbox WHERE message_type = '{nameof(UsageAlertRaised)}'"));
        Assert.Equal(
            await _alerts.ScalarAsync<long>("SELECT count(*) FROM alerts"),
            await _alerts.ScalarAsync<long>($"SELECT count(*) FROM outbox WHERE message_type = '{nameof(UsageAlertRaised)}'"));
        Assert.Equal(
            await _alerts.ScalarAsync<long>("SELECT count(*) FROM alerts WHERE resolved_at IS NOT NULL"),
            await _alerts.ScalarAsync<long>($"SELECT count(*) FROM outbox WHERE message_type = '{nameof(UsageAlertResolved)}'"));
        Assert.Equal(
            await _alerts.ScalarAsync<long>("SELECT count(*) FROM alert_states WHERE state IN ('firing', 'recovering')"),
            await _alerts.ScalarAsync<long>("SELECT count(*) FROM alerts WHERE resolved_at IS NULL"));
    }

    [Fact]
    public async Task A_sample_that_arrives_after_its_tick_changes_no_history_and_no_replay()
    {
        var rule = await _alerts.AddRuleAsync(Silence, Token);
        await _alerts.AddInstanceAsync(Id(1));
        await _alerts.AddSteadyAsync(Id(1), -60, 1, 10);
        await _alerts.EvaluateAsync(8, Token);
        Assert.Equal(["75 01 inactive>firing"], await _alerts.TransitionsAsync(rule));

        // What was measured meanwhile comes in one piece; it is received now, after all of these ticks.
        await _alerts.ExecuteAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, received_at)
            SELECT '{Id(1)}', t, 10, '{AlertDatabase.Start.AddSeconds(121):O}'
            FROM generate_series('{AlertDatabase.Start:O}'::timestamptz + interval '10 s', '{AlertDatabase.Start.AddSeconds(120):O}', interval '10 s') t
            """);
        await _alerts.EvaluateAsync(4, Token);
        Assert.Equal(["75 01 inactive>firing", "120 01 firing>inactive"], await _alerts.TransitionsAsync(rule));
        await AssertReplaysAsync(rule);
    }

    [Fact]
    public async Task An_instance_stopped_on_purpose_is_not_silent_and_one_that_does_not_come_back_is()
    {
        var rule = await _alerts.AddRuleAsync(Silence, Token);
        foreach (var n in new[] { 1, 2, 3 })
        {
            await _alerts.AddInstanceAsync(Id(n));
            await _alerts.AddSteadyAsync(Id(n), -60, 31, 10);
        }
        await _alerts.AddSteadyAsync(Id(3), 40, 600, 10);
        await _alerts.ExecuteAsync($"INSERT INTO alert_targets VALUES ('{Id(1)}', '{AlertDatabase.Start.AddSeconds(40):O}', NULL, NULL, NULL)");
        await _alerts.EvaluateAsync(12, Token);
        Assert.Equal(["105 02 inactive>firing"], await _alerts.TransitionsAsync(rule));

        // Started again, it has the limit's time to send its first sample; the other one is stopped, which ends its alert.
        var at = AlertDatabase.Start.AddSeconds(200);
        await _alerts.ExecuteAsync(
            $"INSERT INTO alert_targets VALUES ('{Id(1)}', '{at:O}', NULL, '{at:O}', NULL), ('{Id(2)}', '{at:O}', NULL, NULL, NULL)");
        await _alerts.EvaluateAsync(10, Token);
        Assert.Equal(["105 02 inactive>firing", "195 02 firing>inactive", "270 01 inactive>firing"], await _alerts.TransitionsAsync(rule));
        Assert.Equal("instance_stopped", await _alerts.ScalarAsync<string>($"SELECT resolution FROM alerts WHERE instance_id = '{Id(2)}'"));
        await AssertReplaysAsync(rule);
    }

    [Fact]
    public async Task When_most_instances_go_silent_at_once_one_alert_of_the_platform_stands_for_all()
    {
        var platform = await _alerts.AddRuleAsync(Platform, Token);
        var rule = await _alerts.AddRuleAsync(Silence, Token);
        for (var n = 1; n <= 5; n++)
        {
            await _alerts.AddInstanceAsync(Id(n));
            await _alerts.AddSteadyAsync(Id(n), -60, 31 + n % 2, 10);
        }
        // All but one come back; that one is silent by itself.
        for (var n = 1; n <= 4; n++)
            await _alerts.AddSteadyAsync(Id(n), 300, 900, 10);
        await _alerts.EvaluateAsync(40, Token);

        Assert.Equal(["60 00 inactive>firing", "300 00 firing>recovering", "330 00 recovering>inactive"], await _alerts.TransitionsAsync(platform));
        var raised = (await _alerts.TransitionsAsync(rule)).Where(t => t.EndsWith("firing", StringComparison.Ordinal));
        Assert.Equal("330 05 pending>firing", Assert.Single(raised));
        await AssertReplaysAsync(platform);
        await AssertReplaysAsync(rule);
    }

    [Fact]
    public async Task A_change_ends_the_alerts_of_the_old_version_and_starts_anew_and_the_same_again_changes_nothing()
    {
        var rule = await _alerts.AddRuleAsync(Cpu, Token);
        await _alerts.AddInstanceAsync(Id(1));
        await _alerts.AddSteadyAsync(Id(1), -60, 600, 99);
        await _alerts.EvaluateAsync(6, Token);
        Assert.Equal(["0 01 inactive>pending", "30 01 pending>firing"], await _alerts.TransitionsAsync(rule));

        Assert.True(await _alerts.Rules.ReplaceAsync(rule.Id, Cpu, null, Token));
        Assert.Equal(1, (await _alerts.Rules.VersionAsync(rule.Id, null, Viewer.Everybody, Token))!.Version);
        Assert.True(await _alerts.Rules.ReplaceAsync(rule.Id, Cpu with { Severity = AlertSeverity.Critical }, null, Token));
        var changed = AlertDatabase.Start.AddSeconds(100);
        await _alerts.ExecuteAsync(
            $"UPDATE alert_rule_versions SET valid_to = '{changed:O}' WHERE version = 1; UPDATE alert_rule_versions SET valid_from = '{changed:O}' WHERE version = 2");
        await _alerts.EvaluateAsync(6, Token);

        var (old, next) = ((await _alerts.Rules.VersionAsync(rule.Id, 1, Viewer.Everybody, Token))!, (await _alerts.Rules.VersionAsync(rule.Id, 2, Viewer.Everybody, Token))!);
        Assert.Equal(["0 01 inactive>pending", "30 01 pending>firing", "105 01 firing>inactive"], await _alerts.TransitionsAsync(old));
        Assert.Equal(["105 01 inactive>pending", "135 01 pending>firing"], await _alerts.TransitionsAsync(next));
        Assert.Equal(
            ["firing critical", "resolved warning"],
            new[]
            {
                await _alerts.ScalarAsync<string>("SELECT state || ' ' || severity FROM alerts WHERE version = 2"),
                await _alerts.ScalarAsync<string>("SELECT state || ' ' || severity FROM alerts WHERE version = 1"),
            });
        await AssertReplaysAsync(old, AlertDatabase.Start.AddSeconds(105));
        await AssertReplaysAsync(next);
    }

    [Fact]
    public async Task Many_instances_are_read_by_time_and_give_what_each_gives_by_itself()
    {
        await _alerts.ExecuteAsync(
            $"""
            INSERT INTO instances (id, name, created_at) SELECT md5(n::text)::uuid, 'i' || n, '{AlertDatabase.Start.AddDays(-1):O}' FROM generate_series(1, 600) n;
            INSERT INTO resource_usage (instance_id, "timestamp", received_at, cpu_usage, memory_usage)
            SELECT md5(n::text)::uuid, t, t + n % 9 * interval '1 s', n % 90, CASE n % 3 WHEN 0 THEN n END
            FROM generate_series(1, 600) n, generate_series('{AlertDatabase.Start:O}'::timestamptz, '{AlertDatabase.Start.AddSeconds(-120):O}', interval '-7 s') t;
            INSERT INTO resource_usage_revisions (instance_id, "timestamp", received_at, superseded_at, cpu_usage)
            SELECT instance_id, "timestamp", received_at - interval '1 s', received_at, 1 FROM resource_usage WHERE "timestamp" > '{AlertDatabase.Start.AddSeconds(-10):O}'
            """);
        var targets = (await _alerts.Samples.TargetsAsync(AlertDatabase.Start, AlertDatabase.Start, null, Token)).ToList();
        async Task<IReadOnlyList<InstanceData>> ReadAsync(IReadOnlyList<KeyValuePair<Guid, List<InstanceTarget>>> some) =>
            (await _alerts.Samples.ReadAsync(some, AlertDatabase.Start, AlertDatabase.Start, TimeSpan.FromMinutes(1), null, Token)).Instances;

        Assert.False((await _alerts.Samples.ReadAsync(targets, AlertDatabase.Start, AlertDatabase.Start, TimeSpan.FromMinutes(1), 4000, Token)).IsAll);
        var all = await ReadAsync(targets);
        Assert.Equal(600, all.Count);
        foreach (var some in targets.Index().Chunk(100))
        {
            foreach (var (one, (index, _)) in (await ReadAsync([.. some.Select(s => s.Item)])).Zip(some))
            {
                Assert.Equal(one.Id, all[index].Id);
                Assert.InRange(one.Samples.Length, 8, 10);
                Assert.Equal(one.Samples.ToArray().OrderBy(s => (s.At, s.ReceivedAt)), all[index].Samples.ToArray().OrderBy(s => (s.At, s.ReceivedAt)));
                Assert.Equal(all[index].Samples.ToArray().Select(s => s.At).Order(), all[index].Samples.ToArray().Select(s => s.At));
            }
        }
    }

    [Fact]
    public async Task A_replay_that_no_part_of_the_time_makes_small_enough_is_refused_with_the_limit_and_what_to_do()
    {
        await _alerts.AddInstanceAsync(Id(1));
        await _alerts.AddSteadyAsync(Id(1), -600, 0, 1);
        var rule = await _alerts.AddRuleAsync(
            new("r", AlertMeasure.CpuPercentage, AlertAggregate.Average, TimeSpan.FromMinutes(10), 50, default, 50, default, AlertSeverity.Info, null, null, true), Token);
        using var small = _alerts.NewReplay(mostAtOnce: 50);
        var refused = await Assert.ThrowsAsync<RequestException>(
            () => small.RunAsync(rule, false, AlertDatabase.Start, AlertDatabase.Start.AddMinutes(5), true, Viewer.Everybody, null, Token));
        Assert.Equal(422, refused.Status);
        Assert.Contains("more than 50 samples within 600 seconds", refused.Message, StringComparison.Ordinal);
        Assert.Contains("span_seconds", refused.Message, StringComparison.Ordinal);
    }

    private async Task AssertReplaysAsync(AlertRule rule, DateTimeOffset? until = null)
    {
        var progress = (await _alerts.History.ProgressAsync(Token))!.Value;
        var (first, last) = (rule.FirstTick(progress.First), until ?? progress.Last);
        var replayed = await _alerts.Replay.RunAsync(rule, true, first, last, true, Viewer.Everybody, null, Token);
        var history = await _alerts.History.TransitionsAsync(rule, first, last, null, Token);
        Assert.NotEmpty(history);
        AssertSame(history, replayed);
    }

    private static void AssertSame(HashSet<StoredTransition> history, ReplayResult replayed)
    {
        var again = replayed.Transitions.Select(StoredTransition.Of).ToHashSet();
        Assert.True(
            history.SetEquals(again),
            $"stored only:\n{string.Join('\n', history.Except(again).OrderBy(t => t.Tick))}\nreplayed only:\n{string.Join('\n', again.Except(history).OrderBy(t => t.Tick))}");
        Assert.Equal(history.Count, replayed.Transitions.Count);
    }

    private static Guid Id(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)n]);

    // A sample about every 10 s, one in eight late by up to five minutes, one in eight raised later, with gaps; phases of load.
    private static IEnumerable<AlertSample> RandomSamples(Random random)
    {
        var (load, counter) = (10.0, 0L);
        for (var second = -600; second < 1300; second += random.Next(5, 16))
        {
            if (random.Next(40) == 0)
                second += random.Next(200);
            if (random.Next(12) == 0)
                load = random.Next(2) == 0 ? random.Next(85, 130) : random.Next(5, 85);
            counter = random.Next(60) == 0 ? 0 : counter + random.Next((int)(load * 5000));
            var at = AlertDatabase.Start.AddSeconds(second).UtcTicks + random.Next(1000) * TimeSpan.TicksPerMillisecond;
            var received = at + random.Next(random.Next(8) == 0 ? 300_000 : 4000) * TimeSpan.TicksPerMillisecond;
            var sample = new AlertSample(at, received, long.MaxValue, AlertSample.Millionths(load), 50, 100, 10, counter, AlertSample.None);
            if (random.Next(8) > 0)
            {
                yield return sample;
                continue;
            }
            // Raised by another sender, some time later.
            var again = received + random.Next(60_000) * TimeSpan.TicksPerMillisecond;
            yield return sample with { SupersededAt = again };
            yield return sample with { ReceivedAt = again, Cpu = sample.Cpu * 2 };
        }
    }
}
