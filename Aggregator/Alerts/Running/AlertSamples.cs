using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Reads instances and their samples as they were known by a cutoff. The one place that knows how that is stored.</summary>
internal sealed class AlertSamples(NpgsqlDataSource dataSource)
{
    // From so many instances on, reading all rows of the last minutes is faster: an instance's rows lie one a page, those of a time side
    // by side (17 times as fast for 10,000 instances).
    private const int ManyInstances = 500;
    private static readonly TimeSpan Recent = TimeSpan.FromHours(2);

    private const string Columns =
        """ "timestamp", received_at, superseded_at, cpu_usage, memory_usage, memory_limit, disk_usage, network_in, network_out""";

    // Every version that any of the ticks knows.
    private const string Known =
        """ r."timestamp" > $2 AND r."timestamp" <= $3 AND r.received_at <= $4 AND r.superseded_at > $5 AND r.deleted_at IS NULL""";

    private const string RecentSql = $"SELECT instance_id, {Columns} FROM resource_usage_versions r WHERE $1::uuid[] IS NOT NULL AND {Known} LIMIT $6";

    // One look into the index an instance: the planner would read a day's chunk as a whole otherwise.
    private const string SamplesSql =
        $"""
        SELECT i.id, {Columns} FROM unnest($1) i (id)
        CROSS JOIN LATERAL (SELECT {Columns} FROM resource_usage_versions r WHERE r.instance_id = i.id AND {Known} ORDER BY r."timestamp") s
        LIMIT $6
        """;

    private const string LastSql =
        """
        SELECT i.id, s.at FROM unnest($1) i (id)
        CROSS JOIN LATERAL (
            SELECT r."timestamp" AS at FROM resource_usage_as_of($4) r
            WHERE r.instance_id = i.id AND r."timestamp" > $2 AND r."timestamp" <= $3
            ORDER BY r."timestamp" DESC LIMIT 1) s
        """;

    // What an instance was at the first cutoff, and what it became up to the last.
    private const string TargetsSql =
        """
        SELECT t.instance_id, t.changed_at, t.user_id, t.present_since, t.cpu_limit FROM alert_targets t
        WHERE t.changed_at <= $2 AND ($3::uuid IS NULL OR t.instance_id = $3)
          AND t.changed_at >= coalesce((SELECT max(b.changed_at) FROM alert_targets b WHERE b.instance_id = t.instance_id AND b.changed_at <= $1), '-infinity')
        ORDER BY t.instance_id, t.changed_at
        """;

    /// <summary>What instances were from the first tick to the last, oldest first; of <paramref name="only"/> one, or of all.</summary>
    public async Task<Dictionary<Guid, List<InstanceTarget>>> TargetsAsync(
        DateTimeOffset first, DateTimeOffset last, Guid? only, CancellationToken cancellationToken)
    {
        var rows = await dataSource.QueryAsync(
            TargetsSql,
            row => (Id: row.GetGuid(0), Target: new InstanceTarget(
                row.GetFieldValue<DateTimeOffset>(1), row.Value<Guid>(2), row.Value<DateTimeOffset>(3), row.Value<double>(4))),
            cancellationToken, AlertTicks.Cutoff(first).UtcDateTime, AlertTicks.Cutoff(last).UtcDateTime, only);
        return rows.GroupBy(row => row.Id, row => row.Target).ToDictionary(target => target.Key, target => target.ToList());
    }

    /// <summary>
    /// The samples of each instance that any tick from the first to the last may look at, with a reach backwards; whether that is all of
    /// them, or <paramref name="most"/> (of a single instance, the first).
    /// </summary>
    public async Task<(IReadOnlyList<InstanceData> Instances, bool IsAll)> ReadAsync(
        IReadOnlyList<KeyValuePair<Guid, List<InstanceTarget>>> instances, DateTimeOffset first, DateTimeOffset last, TimeSpan reach, int? most,
        CancellationToken cancellationToken)
    {
        var positions = new Dictionary<Guid, int>(instances.Count);
        foreach (var (id, _) in instances)
            positions.Add(id, positions.Count);
        var (rows, isAll) = (new SampleRows(instances.Count), true);
        var isRecent = instances.Count >= ManyInstances && last - first + reach <= Recent;
        await using (var command = dataSource.CreateCommand(isRecent ? RecentSql : SamplesSql))
        {
            // A tick after a long stop may find a cold database.
            command.CommandTimeout = 120;
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = isRecent ? [] : [.. positions.Keys] });
            foreach (var time in new[] { first - reach, last, AlertTicks.Cutoff(last), AlertTicks.Cutoff(first) })
                command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            command.Parameters.Add(new() { Value = (object?)(most + 1L) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            for (var read = 1; isAll && await reader.ReadAsync(cancellationToken); read++)
            {
                isAll = !(read > most);
                if (isAll && positions.TryGetValue(reader.GetGuid(0), out var position))
                    rows.Add(position, Sample(reader));
            }
        }
        var samples = rows.ToSorted();
        return ([.. instances.Select((instance, i) => new InstanceData(instance.Key, instance.Value, samples[i]))], isAll);
    }

    /// <summary>The newest sample of each instance that a tick knows, within <see cref="RuleEvaluation.FirstLook"/>.</summary>
    public async Task<Dictionary<Guid, DateTimeOffset>> LastAsync(IEnumerable<Guid> instances, DateTimeOffset tick, CancellationToken cancellationToken) =>
        (await dataSource.QueryAsync(
            LastSql, row => (row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1)), cancellationToken, instances.ToArray(),
            (tick - RuleEvaluation.FirstLook).UtcDateTime, tick.UtcDateTime, AlertTicks.Cutoff(tick).UtcDateTime)).ToDictionary();

    private static AlertSample Sample(NpgsqlDataReader reader)
    {
        return new(
            reader.GetDateTime(1).Ticks, reader.GetDateTime(2).Ticks, reader.GetDateTime(3).Ticks,
            reader.IsDBNull(4) ? AlertSample.None : AlertSample.Millionths(reader.GetDouble(4)),
            Count(5), Count(6), Count(7), Count(8), Count(9));

        long Count(int column) => reader.IsDBNull(column) ? AlertSample.None : reader.GetInt64(column);
    }
}
