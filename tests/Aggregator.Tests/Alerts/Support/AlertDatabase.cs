using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Replay;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Writing;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Tests.Alerts.Support;

/// <summary>
/// A database whose evaluation stands just before <see cref="Start"/>, and the parts of the service over it. A class shares one, since a
/// start takes seconds; each test begins with <see cref="ResetAsync"/>.
/// </summary>
public sealed class AlertDatabase : IAsyncLifetime
{
    /// <summary>The first tick.</summary>
    internal static readonly DateTimeOffset Start = AlertGen.Start;

    private TestTimescale _database = null!;

    internal NpgsqlDataSource Source => _database.DataSource;

    internal DatabaseExecutor Executor { get; private set; } = null!;

    internal AlertRuleStore Rules { get; private set; } = null!;

    internal AlertSamples Samples { get; private set; } = null!;

    internal ReplayHistory History { get; private set; } = null!;

    internal AlertReplay Replay { get; private set; } = null!;

    internal NotificationOptions Options { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        _database = await TestTimescale.CreateAsync();
        Executor = new(Source, TimeProvider.System);
        Rules = new(Executor);
        Samples = new(Source);
        History = new(Executor);
        Replay = NewReplay(500_000);
    }

    /// <summary>A replay that reads no more samples at once.</summary>
    internal AlertReplay NewReplay(int mostAtOnce) => new(Samples, History, Executor, TimeProvider.System) { MaxAtOnce = mostAtOnce };

    /// <summary>Nothing in it, not even the rules of a first start.</summary>
    internal async Task ResetAsync()
    {
        Options = new();
        await ExecuteAsync(
            $"""
            TRUNCATE notification_alerts, notifications, alerts, alert_states, alert_transitions, alert_rule_versions, alert_rules, outbox,
                resource_usage, resource_usage_revisions;
            DELETE FROM notification_routes WHERE kind <> 'log'; DELETE FROM instances; DELETE FROM users; TRUNCATE alert_targets;
            UPDATE alert_progress SET first_tick = '{Start:O}', tick = '{Start - AlertTicks.Interval:O}', claimed_by = NULL
            """);
    }

    /// <summary>An aggregator: its claim, and what evaluates.</summary>
    internal (AlertStore Store, AlertEvaluator Evaluator) Aggregator()
    {
        var store = new AlertStore(Source);
        return (store, new(store, Samples, new(Source, Options, new OutboxSignal()), TimeProvider.System));
    }

    /// <summary>Evaluates the next ticks, as an aggregator that has the claim; returns the last one.</summary>
    internal async Task<DateTimeOffset> EvaluateAsync(int ticks, CancellationToken cancellationToken)
    {
        var (_, evaluator) = Aggregator();
        var progress = (await History.ProgressAsync(cancellationToken))!.Value;
        var last = progress.Last + AlertTicks.Interval * ticks;
        await evaluator.EvaluateAsync(new(progress.First, progress.Last), last, cancellationToken);
        return last;
    }

    /// <summary>Makes a rule that holds from the first tick.</summary>
    internal async Task<AlertRule> AddRuleAsync(AlertDefinition definition, CancellationToken cancellationToken)
    {
        var id = await Rules.CreateAsync(definition, null, cancellationToken);
        await ExecuteAsync($"UPDATE alert_rule_versions SET valid_from = '{Start:O}' WHERE rule_id = '{id}'");
        return (await Rules.VersionAsync(id, null, Viewer.Everybody, cancellationToken))!;
    }

    /// <summary>Registers an instance, a day before the first tick.</summary>
    internal Task AddInstanceAsync(Guid id, Guid? user = null) => ExecuteAsync(
        $"""
        INSERT INTO instances (id, name, status, user_id, created_at)
        VALUES ('{id}', 'n8n-{id.ToString()[^2..]}', 'running', {(user is null ? "NULL" : $"'{user}'")}, '{Start.AddDays(-1):O}')
        """);

    /// <summary>Writes samples, those that were superseded as revisions.</summary>
    internal async Task AddSamplesAsync(Guid instance, IEnumerable<AlertSample> samples)
    {
        foreach (var rows in samples.GroupBy(s => s.SupersededAt < long.MaxValue).Select(g => g.ToList()))
        {
            var isOld = rows[0].SupersededAt < long.MaxValue;
            await using var command = Source.CreateCommand(
                $"""
                INSERT INTO {(isOld ? "resource_usage_revisions" : "resource_usage")}
                    (instance_id, "timestamp", received_at, cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out{(isOld ? ", superseded_at" : "")})
                SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9{(isOld ? ", $10" : "")})
                """);
            command.Parameters.Add(new() { Value = instance });
            command.Parameters.Add(new() { Value = rows.Select(r => new DateTime(r.At, DateTimeKind.Utc)).ToArray() });
            command.Parameters.Add(new() { Value = rows.Select(r => new DateTime(r.ReceivedAt, DateTimeKind.Utc)).ToArray() });
            command.Parameters.Add(new() { Value = rows.Select(r => r.Cpu == AlertSample.None ? (double?)null : r.Cpu / 10_000.0).ToArray() });
            foreach (var value in new Func<AlertSample, long>[] { s => s.Memory, s => s.MemoryLimit, s => s.Disk, s => s.NetworkIn, s => s.NetworkOut })
                command.Parameters.Add(new()
                {
                    Value = rows.Select(r => value(r) is var v && v == AlertSample.None ? (long?)null : v).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint,
                });
            if (isOld)
                command.Parameters.Add(new() { Value = rows.Select(r => new DateTime(r.SupersededAt, DateTimeKind.Utc)).ToArray() });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>One sample every 10 s in [from, to) seconds after the start, received a second later.</summary>
    internal Task AddSteadyAsync(Guid instance, int from, int to, double cpu) => AddSamplesAsync(instance, Enumerable.Range(0, (to - from + 9) / 10).Select(n =>
    {
        var at = Start.AddSeconds(from + n * 10).UtcTicks;
        return new AlertSample(at, at + TimeSpan.TicksPerSecond, long.MaxValue, AlertSample.Millionths(cpu), 50, 100, 10, AlertSample.None, AlertSample.None);
    }));

    internal Task ExecuteAsync(string sql) => Source.RunAsync(sql);

    internal Task<T> ScalarAsync<T>(string sql) => Source.ScalarAsync<T>(sql);

    /// <summary>A rule's transitions as text: seconds after the start, the last two digits of the instance, states.</summary>
    internal async Task<List<string>> TransitionsAsync(AlertRule rule)
    {
        await using var command = Source.CreateCommand(
            "SELECT tick, instance_id, from_state, to_state FROM alert_transitions WHERE rule_id = $1 AND version = $2 ORDER BY tick, instance_id");
        command.Parameters.Add(new() { Value = rule.Id });
        command.Parameters.Add(new() { Value = rule.Version });
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add($"{(reader.GetFieldValue<DateTimeOffset>(0) - Start).TotalSeconds} {reader.GetGuid(1).ToString()[^2..]} {reader.GetString(2)}>{reader.GetString(3)}");
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        Replay.Dispose();
        await _database.DisposeAsync();
    }
}
