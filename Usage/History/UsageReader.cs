using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.History;

/// <summary>Reads samples and histories from whatever schema the database holds.</summary>
public sealed class UsageReader(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private volatile ReadingSchema? _schema;

    /// <summary>What the database is; looked at once.</summary>
    /// <exception cref="DatabaseUnavailableException">No connection, no answer in time, or no sample table yet.</exception>
    public Task<UsageDatabase> DetectAsync(CancellationToken cancellationToken) =>
        RunAsync((schema, _) => Task.FromResult(schema.Database), cancellationToken);

    /// <summary>Instances in order of id, those after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    /// <param name="after">Id of the last one of the page before; null: from the first.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="owner">Only this user's; null: everybody's.</param>
    /// <param name="only">Only this one; null: all.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyList<InstanceSummary>> InstancesAsync(Guid? after, int limit, Guid? owner, Guid? only, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<InstanceSummary>>(async (schema, token) =>
        {
            await using var command = dataSource.CreateCommand(
                $"""
                SELECT i.id, i.name, i.status,
                       (SELECT {schema.Time} FROM {schema.Table} WHERE instance_id = i.id AND {schema.Live} ORDER BY "timestamp" DESC LIMIT 1),
                       {schema.LastSeen}
                FROM instances i WHERE {schema.LiveInstances} AND ($1 IS NULL OR i.id > $1)
                  AND ($3 IS NULL OR i.user_id = $3) AND ($4 IS NULL OR i.id = $4)
                ORDER BY i.id LIMIT $2
                """);
            command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
            command.Parameters.Add(new() { Value = (object?)owner ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new() { Value = (object?)only ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            await using var reader = await command.ExecuteReaderAsync(token);
            var instances = new List<InstanceSummary>();
            while (await reader.ReadAsync(token))
                instances.Add(new(
                    reader.GetGuid(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                    PartialAggregateReader.Value<DateTimeOffset>(reader, 3), PartialAggregateReader.Value<DateTimeOffset>(reader, 4), PartialAggregateReader.Value<double>(reader, 5)));
            return instances;
        }, cancellationToken);

    /// <summary>Whether the instance is registered as one of <paramref name="user"/>.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<bool> IsOwnedAsync(Guid instance, Guid user, CancellationToken cancellationToken) =>
        RunAsync(async (_, token) =>
        {
            await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM instances WHERE id = $1 AND user_id = $2)");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user });
            return (bool)(await command.ExecuteScalarAsync(token))!;
        }, cancellationToken);

    /// <summary>Whether the instance is registered or has samples.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<bool> ExistsAsync(Guid instance, CancellationToken cancellationToken) =>
        RunAsync(async (schema, token) =>
        {
            await using var command = dataSource.CreateCommand(
                $"""
                SELECT EXISTS (SELECT FROM instances i WHERE i.id = $1 AND {schema.LiveInstances})
                    OR EXISTS (SELECT FROM {schema.Table} WHERE instance_id = $1 AND {schema.Live})
                """);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
            return (bool)(await command.ExecuteScalarAsync(token))!;
        }, cancellationToken);

    /// <summary>The newest sample of the instance, null before its first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<UsageSample?> LatestAsync(Guid instance, CancellationToken cancellationToken) =>
        RunAsync<UsageSample?>(async (schema, token) =>
        {
            await using var command = dataSource.CreateCommand(
                $"""
                SELECT {schema.Time}, {schema.Measure("cpu_usage")}, {schema.Measure("memory_usage")}, {schema.Measure("memory_limit")},
                       {schema.Measure("disk_usage")}, {schema.Measure("network_in")}, {schema.Measure("network_out")}
                FROM {schema.Table} WHERE instance_id = $1 AND {schema.Live} ORDER BY "timestamp" DESC LIMIT 1
                """);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
            await using var reader = await command.ExecuteReaderAsync(token);
            if (!await reader.ReadAsync(token))
                return null;
            return new(
                instance, reader.GetFieldValue<DateTimeOffset>(0), PartialAggregateReader.Value<double>(reader, 1),
                PartialAggregateReader.Value<long>(reader, 2), PartialAggregateReader.Value<long>(reader, 3), PartialAggregateReader.Value<long>(reader, 4),
                PartialAggregateReader.Value<long>(reader, 5), PartialAggregateReader.Value<long>(reader, 6));
        }, cancellationToken);

    /// <summary>The buckets of a range that hold samples, oldest first.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<IReadOnlyList<UsageBucket>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Points, 1);
        // There are no samples outside; the bucket arithmetic has room on both sides.
        var within = query with { From = Later(query.From, BucketGrid.First), To = Earlier(query.To, BucketGrid.Last) };
        return RunAsync((schema, token) => new HistoryReader(dataSource, schema).ReadAsync(within, token), cancellationToken);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private Task<T> RunAsync<T>(Func<ReadingSchema, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        executor.RunAsync(async token =>
        {
            try
            {
                return await read(_schema ??= await ReadingSchema.DetectAsync(dataSource, token), token);
            }
            catch (PostgresException e) when (PostgresErrors.IsSchema(e))
            {
                // The connection string may lead to another schema now, as after a rollback.
                _schema = null;
                throw;
            }
            catch (InvalidOperationException e) when (e is not ObjectDisposedException && _schema is null)
            {
                throw new DatabaseUnavailableException(e.Message, TimeSpan.FromSeconds(5), e);
            }
        }, cancellationToken);
}
