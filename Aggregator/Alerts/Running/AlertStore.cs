using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Progress, rules and states as the evaluation reads them.</summary>
internal sealed class AlertStore(NpgsqlDataSource dataSource)
{
    // Longer than an evaluation takes; an aggregator that dies with the claim keeps the others waiting this long.
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);

    private readonly Guid _me = Guid.NewGuid();

    /// <summary>Takes the claim or keeps it; null while another aggregator has it.</summary>
    public async Task<EvaluationClaim?> ClaimAsync(CancellationToken cancellationToken) => (await dataSource.QueryAsync(
        """
        UPDATE alert_progress SET
            claimed_by = $1, claimed_until = clock_timestamp() + $2,
            first_tick = coalesce(first_tick, date_bin($3, clock_timestamp(), 'epoch')),
            tick = coalesce(tick, date_bin($3, clock_timestamp(), 'epoch') - $3)
        WHERE claimed_by IS NULL OR claimed_by = $1 OR claimed_until < clock_timestamp()
        RETURNING first_tick, tick
        """,
        row => new EvaluationClaim(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)), cancellationToken, _me, Claim,
        AlertTicks.Interval)).FirstOrDefault();

    /// <summary>Gives the claim back, on the way out.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync("UPDATE alert_progress SET claimed_by = NULL WHERE claimed_by = $1", cancellationToken, _me);

    /// <summary>The last of the next <paramref name="most"/> ticks after <paramref name="done"/> for which all has been committed that they see.</summary>
    public async Task<DateTimeOffset?> LastSettledAsync(DateTimeOffset done, int most, CancellationToken cancellationToken) =>
        await dataSource.ScalarAsync<DateTime?>(
            "SELECT max(t) FROM generate_series($1, $2, $3) t WHERE t + $4 < clock_timestamp() AND is_alert_cutoff_settled(t + $4)", cancellationToken,
            (done + AlertTicks.Interval).UtcDateTime, (done + AlertTicks.Interval * most).UtcDateTime, AlertTicks.Interval, AlertTicks.Cutoff(done) - done)
            is { } last ? new DateTimeOffset(last) : null;

    /// <summary>The versions that hold at any tick after <paramref name="done"/> up to <paramref name="last"/>, or ended since and left states behind.</summary>
    public async Task<IReadOnlyList<AlertRule>> RulesAsync(DateTimeOffset done, DateTimeOffset last, CancellationToken cancellationToken) =>
        await dataSource.QueryAsync(
            $"""
            SELECT {RuleReader.Columns} FROM alert_rule_versions v
            WHERE v.enabled AND v.valid_from <= $2 AND (v.valid_to IS NULL OR v.valid_to > $1) ORDER BY v.valid_from, v.rule_id, v.version
            """, RuleReader.Read, cancellationToken, done.UtcDateTime, last.UtcDateTime);

    /// <summary>The states of some versions.</summary>
    public async Task<Dictionary<StateKey, AlertState>> StatesAsync(IReadOnlyList<AlertRule> rules, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            """
            SELECT s.rule_id, s.version, s.instance_id, s.state, s.held, s.since, s.value, s.last_at, s.known_since
            FROM alert_states s JOIN unnest($1, $2) v (rule_id, version) USING (rule_id, version)
            """,
            row => (new StateKey(row.GetGuid(0), row.GetInt32(1), row.GetGuid(2)), State(row, 3) with { KnownSince = row.GetFieldValue<DateTimeOffset>(8) }),
            cancellationToken, rules.Select(r => r.Id).ToArray(), rules.Select(r => r.Version).ToArray())).ToDictionary();

    internal static AlertState State(NpgsqlDataReader row, int from) => new(
        WireNames.Parse<AlertStatus>(row.GetString(from)), row.GetInt32(from + 1), row.GetFieldValue<DateTimeOffset>(from + 2),
        row.Value<decimal>(from + 3), row.Value<DateTimeOffset>(from + 4));

    /// <summary>Moves the progress on from <paramref name="done"/>, in the caller's transaction; false when another aggregator was faster.</summary>
    public static async Task<bool> AdvanceAsync(NpgsqlConnection connection, DateTimeOffset done, DateTimeOffset to, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync("UPDATE alert_progress SET tick = $2 WHERE tick = $1", cancellationToken, done.UtcDateTime, to.UtcDateTime) == 1;
}
