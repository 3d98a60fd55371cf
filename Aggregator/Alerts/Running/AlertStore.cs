using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Progress, rules and states as the evaluation reads them.</summary>
internal sealed class AlertStore(NpgsqlDataSource dataSource)
{
    // Longer than an evaluation takes; an aggregator that dies with the claim keeps the others waiting this long.
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);

    private readonly Guid _me = Guid.NewGuid();

    /// <summary>Takes the claim or keeps it; null while another aggregator has it.</summary>
    public async Task<EvaluationClaim?> ClaimAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            UPDATE alert_progress SET
                claimed_by = $1, claimed_until = clock_timestamp() + $2,
                first_tick = coalesce(first_tick, date_bin($3, clock_timestamp(), 'epoch')),
                tick = coalesce(tick, date_bin($3, clock_timestamp(), 'epoch') - $3)
            WHERE claimed_by IS NULL OR claimed_by = $1 OR claimed_until < clock_timestamp()
            RETURNING first_tick, tick
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _me });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Claim });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = AlertTicks.Interval });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1))
            : null;
    }

    /// <summary>Gives the claim back, on the way out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE alert_progress SET claimed_by = NULL WHERE claimed_by = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _me });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The last of the next <paramref name="most"/> ticks after <paramref name="done"/> for which all has been committed that they see.</summary>
    public async Task<DateTimeOffset?> LastSettledAsync(DateTimeOffset done, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT max(t) FROM generate_series($1, $2, $3) t WHERE t + $4 < clock_timestamp() AND is_alert_cutoff_settled(t + $4)");
        Add(command, done + AlertTicks.Interval);
        Add(command, done + AlertTicks.Interval * most);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = AlertTicks.Interval });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = AlertTicks.Cutoff(done) - done });
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime last ? new DateTimeOffset(last) : null;
    }

    /// <summary>The versions that hold at any tick after <paramref name="done"/> up to <paramref name="last"/>, or ended since and left states behind.</summary>
    public async Task<IReadOnlyList<AlertRule>> RulesAsync(DateTimeOffset done, DateTimeOffset last, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT {RuleReader.Columns} FROM alert_rule_versions v
            WHERE v.enabled AND v.valid_from <= $2 AND (v.valid_to IS NULL OR v.valid_to > $1) ORDER BY v.valid_from, v.rule_id, v.version
            """);
        Add(command, done);
        Add(command, last);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rules = new List<AlertRule>();
        while (await reader.ReadAsync(cancellationToken))
            rules.Add(RuleReader.Read(reader));
        return rules;
    }

    /// <summary>The states of some versions.</summary>
    public async Task<Dictionary<StateKey, AlertState>> StatesAsync(IReadOnlyList<AlertRule> rules, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT s.rule_id, s.version, s.instance_id, s.state, s.held, s.since, s.value, s.last_at, s.known_since
            FROM alert_states s JOIN unnest($1, $2) v (rule_id, version) USING (rule_id, version)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. rules.Select(r => r.Id)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. rules.Select(r => r.Version)] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var states = new Dictionary<StateKey, AlertState>();
        while (await reader.ReadAsync(cancellationToken))
            states.Add(new(reader.GetGuid(0), reader.GetInt32(1), reader.GetGuid(2)), State(reader, 3) with { KnownSince = Rows.Time(reader, 8) });
        return states;
    }

    internal static AlertState State(NpgsqlDataReader reader, int from) => new(
        WireNames.Parse<AlertStatus>(reader.GetString(from)), reader.GetInt32(from + 1), Rows.Time(reader, from + 2),
        Rows.Value<decimal>(reader, from + 3), Rows.Value<DateTimeOffset>(reader, from + 4));

    private static void Add(NpgsqlCommand command, DateTimeOffset time) =>
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    /// <summary>Moves the progress on from <paramref name="done"/>, in the caller's transaction; false when another aggregator was faster.</summary>
    public static async Task<bool> AdvanceAsync(NpgsqlConnection connection, DateTimeOffset done, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE alert_progress SET tick = $2 WHERE tick = $1", connection);
        Add(command, done);
        Add(command, to);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
