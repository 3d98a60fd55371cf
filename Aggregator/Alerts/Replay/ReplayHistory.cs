using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>The stored history, as far as a replay starts from it or is compared with it.</summary>
internal sealed class ReplayHistory(DatabaseExecutor executor)
{
    private const string Figures = "to_state, held, since, value, last_at";

    /// <summary>First and last tick that were evaluated; null before the first.</summary>
    public async Task<(DateTimeOffset First, DateTimeOffset Last)?> ProgressAsync(CancellationToken cancellationToken) =>
        await ReadAsync(
            "SELECT first_tick, tick FROM alert_progress WHERE first_tick IS NOT NULL", row => (Time(row, 0), Time(row, 1)), cancellationToken) is [var progress]
            ? progress : null;

    /// <summary>
    /// The states of a version just before a tick, each with the tick at which it was entered: from the last transition, or that of an
    /// instance which had values and no transition.
    /// </summary>
    public async Task<Dictionary<Guid, (AlertState State, DateTimeOffset Entered)>> StatesBeforeAsync(
        AlertRule rule, DateTimeOffset tick, CancellationToken cancellationToken) => (await ReadAsync(
        $"""
        SELECT DISTINCT ON (instance_id) instance_id, {Figures}, tick FROM (
            SELECT instance_id, {Figures}, tick FROM alert_transitions WHERE rule_id = $1 AND version = $2 AND tick < $3
            UNION ALL
            SELECT instance_id, 'inactive', 0, known_since, NULL, NULL, known_since FROM alert_states
            WHERE rule_id = $1 AND version = $2 AND known_since < $3) s
        ORDER BY instance_id, tick DESC, to_state <> 'inactive' DESC
        """,
        row => (row.GetGuid(0), (AlertStore.State(row, 1), Time(row, 6))), cancellationToken, rule.Id, rule.Version, tick.UtcDateTime))
        .ToDictionary();

    /// <summary>The spans in which the platform was silent: they held other alerts back.</summary>
    public Task<List<(DateTimeOffset From, DateTimeOffset To)>> PlatformSilencesAsync(CancellationToken cancellationToken) => ReadAsync(
        """
        SELECT tick, till FROM (
            SELECT t.tick, coalesce(lead(t.tick) OVER (PARTITION BY t.rule_id, t.version ORDER BY t.tick), 'infinity') AS till, t.to_state
            FROM alert_transitions t WHERE t.instance_id = '00000000-0000-0000-0000-000000000000') s
        WHERE to_state IN ('pending', 'firing', 'recovering')
        """,
        row => (Time(row, 0), Time(row, 1)), cancellationToken);

    /// <summary>The stored transitions of a version at the ticks from the first to the last, of one instance or of all.</summary>
    public async Task<HashSet<StoredTransition>> TransitionsAsync(
        AlertRule rule, DateTimeOffset first, DateTimeOffset last, Guid? instance, CancellationToken cancellationToken) => [.. await ReadAsync(
        $"""
        SELECT instance_id, {Figures}, tick, from_state, reason FROM alert_transitions
        WHERE rule_id = $1 AND version = $2 AND tick >= $3 AND tick <= $4 AND ($5::uuid IS NULL OR instance_id = $5)
        """,
        row => new StoredTransition(
            Time(row, 6), row.GetGuid(0), WireNames.Parse<AlertStatus>(row.GetString(7)), AlertStore.State(row, 1), row.GetString(8)),
        cancellationToken, rule.Id, rule.Version, first.UtcDateTime, last.UtcDateTime, instance)];

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private Task<List<T>> ReadAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values) =>
        executor.ReadAsync((connection, token) => connection.QueryAsync(sql, read, token, values), cancellationToken);
}
