using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Replay;

/// <summary>The stored history, as far as a replay starts from it or is compared with it.</summary>
internal sealed class ReplayHistory(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private const string Figures = "to_state, held, since, value, last_at";

    /// <summary>First and last tick that were evaluated; null before the first.</summary>
    public Task<(DateTimeOffset First, DateTimeOffset Last)?> ProgressAsync(CancellationToken cancellationToken) =>
        ReadAsync<(DateTimeOffset, DateTimeOffset)?>("SELECT first_tick, tick FROM alert_progress WHERE first_tick IS NOT NULL", [], async (reader, token) =>
            await reader.ReadAsync(token) ? (Rows.Time(reader, 0), Rows.Time(reader, 1)) : null, cancellationToken);

    /// <summary>
    /// The states of a version just before a tick, each with the tick at which it was entered: from the last transition, or that of an
    /// instance which had values and no transition.
    /// </summary>
    public Task<Dictionary<Guid, (AlertState State, DateTimeOffset Entered)>> StatesBeforeAsync(
        AlertRule rule, DateTimeOffset tick, CancellationToken cancellationToken) => ReadAsync(
        $"""
        SELECT DISTINCT ON (instance_id) instance_id, {Figures}, tick FROM (
            SELECT instance_id, {Figures}, tick FROM alert_transitions WHERE rule_id = $1 AND version = $2 AND tick < $3
            UNION ALL
            SELECT instance_id, 'inactive', 0, known_since, NULL, NULL, known_since FROM alert_states
            WHERE rule_id = $1 AND version = $2 AND known_since < $3) s
        ORDER BY instance_id, tick DESC, to_state <> 'inactive' DESC
        """,
        [rule.Id, rule.Version, tick.UtcDateTime],
        async (reader, token) =>
        {
            var states = new Dictionary<Guid, (AlertState, DateTimeOffset)>();
            while (await reader.ReadAsync(token))
                states.Add(reader.GetGuid(0), (AlertStore.State(reader, 1), Rows.Time(reader, 6)));
            return states;
        },
        cancellationToken);

    /// <summary>The spans in which the platform was silent: they held other alerts back.</summary>
    public Task<List<(DateTimeOffset From, DateTimeOffset To)>> PlatformSilencesAsync(CancellationToken cancellationToken) => ReadAsync(
        """
        SELECT t.tick, coalesce(lead(t.tick) OVER (PARTITION BY t.rule_id, t.version ORDER BY t.tick), 'infinity'), t.to_state
        FROM alert_transitions t WHERE t.instance_id = '00000000-0000-0000-0000-000000000000'
        """,
        [],
        async (reader, token) =>
        {
            var spans = new List<(DateTimeOffset, DateTimeOffset)>();
            while (await reader.ReadAsync(token))
            {
                if (reader.GetString(2) is "pending" or "firing" or "recovering")
                    spans.Add((Rows.Time(reader, 0), Rows.Time(reader, 1)));
            }
            return spans;
        },
        cancellationToken);

    /// <summary>The stored transitions of a version at the ticks from the first to the last, of one instance or of all.</summary>
    public Task<HashSet<StoredTransition>> TransitionsAsync(
        AlertRule rule, DateTimeOffset first, DateTimeOffset last, Guid? instance, CancellationToken cancellationToken) => ReadAsync(
        $"""
        SELECT instance_id, {Figures}, tick, from_state, reason FROM alert_transitions
        WHERE rule_id = $1 AND version = $2 AND tick >= $3 AND tick <= $4 AND ($5::uuid IS NULL OR instance_id = $5)
        """,
        [rule.Id, rule.Version, first.UtcDateTime, last.UtcDateTime, instance],
        async (reader, token) =>
        {
            var transitions = new HashSet<StoredTransition>();
            while (await reader.ReadAsync(token))
                transitions.Add(new(
                    Rows.Time(reader, 6), reader.GetGuid(0), WireNames.Parse<AlertStatus>(reader.GetString(7)), AlertStore.State(reader, 1), reader.GetString(8)));
            return transitions;
        },
        cancellationToken);

    private Task<T> ReadAsync<T>(
        string sql, IReadOnlyList<object?> parameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        executor.RunAsync(async token =>
        {
            await using var command = dataSource.CreateCommand(sql);
            foreach (var value in parameters)
                command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid } : new() { Value = value });
            await using var reader = await command.ExecuteReaderAsync(token);
            return await read(reader, token);
        }, cancellationToken);
}
