using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Reads samples and histories from whatever schema the database holds.</summary>
public sealed class UsageReader(DatabaseExecutor executor)
{
    // Months have as many days as they have now; beyond a century it is for ever.
    private const string RawRetention =
        """
        SELECT min(extract(epoch FROM now() - (now() - least((config ->> 'drop_after')::interval, '100 years'))))::float8
        FROM timescaledb_information.jobs
        WHERE config ? 'drop_after' AND (config ->> 'relation' = 'resource_usage' OR (hypertable_schema = 'public' AND hypertable_name = 'resource_usage'))
        """;

    // What is older has been compressed.
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private volatile SampleSource? _source;

    /// <summary>What the database is; looked at once.</summary>
    /// <exception cref="DatabaseUnavailableException">No connection, no answer in time, or no sample table yet.</exception>
    public Task<UsageDatabase> DetectAsync(CancellationToken cancellationToken) =>
        ReadAsync((_, source, _) => Task.FromResult(source.Database), cancellationToken);

    /// <summary>Age at which a policy drops samples; null where none does, as from the original's table.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<TimeSpan?> RawRetentionAsync(CancellationToken cancellationToken) =>
        ReadAsync<TimeSpan?>(
            async (connection, source, token) => source.HasRollups && await connection.ScalarAsync<double?>(RawRetention, token) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            cancellationToken);

    /// <summary>A page of the list of instances.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<InstancePage> InstancesAsync(InstanceQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        return ReadAsync((connection, source, token) => new InstanceReader(connection, source).ReadAsync(query, token), cancellationToken);
    }

    /// <summary>Whether the instance is registered as one of <paramref name="user"/>.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<bool> IsOwnedAsync(Guid instance, Guid user, CancellationToken cancellationToken) =>
        ReadAsync(
            (connection, _, token) => connection.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM instances WHERE id = $1 AND user_id = $2)", token, instance, user),
            cancellationToken);

    /// <summary>Whether the instance is registered or has samples.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<bool> ExistsAsync(Guid instance, CancellationToken cancellationToken) =>
        ReadAsync(
            (connection, source, token) => connection.ScalarAsync<bool>(
                $"""
                SELECT EXISTS (SELECT FROM instances i WHERE i.id = $1 AND {source.LiveInstances})
                    OR EXISTS (SELECT FROM {source.Table} WHERE instance_id = $1 AND {source.Live})
                """, token, instance),
            cancellationToken);

    /// <summary>The newest sample of the instance, null before its first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<UsageSample?> LatestAsync(Guid instance, CancellationToken cancellationToken) =>
        ReadAsync<UsageSample?>(
            async (connection, source, token) =>
            {
                var newest = await connection.QueryAsync(
                    $"SELECT {source.Columns} FROM {source.Table} WHERE instance_id = $1 AND {source.Live} ORDER BY \"timestamp\" DESC LIMIT 1",
                    SampleSource.Sample, token, instance);
                if (!source.HasRollups)
                    ReadTelemetry.LeftOutSamples(await connection.ScalarAsync<long>($"SELECT {source.InvalidTimes}", token, instance));
                return newest is [var (time, values)] ? new(instance, time, values) : null;
            },
            cancellationToken);

    /// <summary>The buckets of a range that hold samples, oldest first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyList<UsageBucket>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Points, 1);
        // There are no samples outside; the bucket arithmetic has room on both sides.
        var within = new TimeWindow(query.From, query.To).Clip(TimeBucket.First, TimeBucket.Last);
        if (within.IsEmpty)
            return Task.FromResult<IReadOnlyList<UsageBucket>>([]);
        return ReadAsync((connection, source, token) => new HistoryReader(connection, source).ReadAsync(query with { From = within.From, To = within.To }, token), cancellationToken);
    }

    /// <summary>The last readings of the counters of registered instances, from a week before the earliest time that stands with each.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyDictionary<Guid, CounterReadings>> CountersAsync(
        IEnumerable<(Guid Instance, long Time)> counters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(counters);
        // Each once, however many of its counters a request begins: the search may be long.
        var earliest = counters.GroupBy(counter => counter.Instance, counter => counter.Time)
            .Select(times => (Instance: times.Key, Since: PostgresTime.ToDateTime(times.Min()) - Week)).ToList();
        return ReadAsync<IReadOnlyDictionary<Guid, CounterReadings>>(
            async (connection, source, token) => (await connection.QueryAsync(
                HistorySql.Counters(source),
                static row => (row.GetGuid(0), new CounterReadings(Reading(row, 1), Reading(row, 4))),
                token,
                earliest.Select(counter => counter.Instance).ToArray(),
                earliest.Select(counter => counter.Since).ToArray())).ToDictionary(),
            cancellationToken);
    }

    private static CounterReading? Reading(NpgsqlDataReader row, int column) =>
        row.Value<long>(column) is { } value
            ? new(value, TimeOf(row, column + 1), row.IsDBNull(column + 2) ? long.MaxValue : TimeOf(row, column + 2))
            : null;

    private static long TimeOf(NpgsqlDataReader row, int column) => PostgresTime.FromInstant(row.GetFieldValue<DateTimeOffset>(column));

    private Task<T> ReadAsync<T>(Func<NpgsqlConnection, SampleSource, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        executor.ReadAsync(
            async (connection, token) =>
            {
                try
                {
                    return await read(connection, _source ??= await SampleSource.DetectAsync(connection, token), token);
                }
                catch (PostgresException e) when (PostgresErrors.IsOtherSchema(e))
                {
                    // The connection string may lead to another schema now, as after a rollback.
                    _source = null;
                    throw;
                }
            },
            cancellationToken);
}
