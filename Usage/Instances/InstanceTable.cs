using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Instances;

/// <summary>The table <c>instances</c>, of whatever generation of the schema.</summary>
public sealed class InstanceTable(DatabaseExecutor executor, TimeProvider time) : IInstanceStore
{
    // Those of the ones asked for that have not been noted within the minute. Locked rows are skipped: another replica is noting the
    // same, and two that wait for each other would deadlock. A newest sample from longer ago than five minutes was kept by its agent
    // while nobody listened; it tells nothing about the clock.
    private const string Note =
        """
        WITH due AS (
            SELECT i.id FROM instances i
            WHERE i.id = ANY($1) AND (i.last_seen_at IS NULL OR i.last_seen_at < $4 - interval '50 seconds')
            FOR NO KEY UPDATE SKIP LOCKED),
        heard AS (
            SELECT s.id, max(s.newest) AS newest FROM unnest($1, $2, $3) s (id, newest, user_id)
            JOIN instances i ON i.id = s.id AND (s.user_id IS NULL OR i.user_id = s.user_id) GROUP BY s.id),
        noted AS (
            UPDATE instances i SET
                first_seen_at = coalesce(i.first_seen_at, $4),
                last_seen_at = $4,
                clock_skew = CASE WHEN h.newest > $4 - interval '5 minutes' THEN h.newest - $4 ELSE i.clock_skew END
            FROM heard h JOIN due USING (id) WHERE i.id = h.id)
        """;

    private const string Insert =
        """
        INSERT INTO instances AS i (id, name, user_id, status, created_at, updated_at)
        SELECT id, coalesce(name, 'instance ' || left(id::text, 8)), user_id, 'running', now(), now() FROM unnest($1, $2, $3) n (id, name, user_id)
        """;

    private volatile LegacySchema? _schema;

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<Guid, InstanceState>> FindAsync(IReadOnlySet<InstanceSighting> sightings)
    {
        ArgumentNullException.ThrowIfNull(sightings);
        // The note writes where work is only to read, since it may run twice: the other run then skips the rows or finds them noted.
        return executor.ReadAsync<IReadOnlyDictionary<Guid, InstanceState>>(async (connection, token) =>
        {
            var schema = await SchemaAsync(connection, token);
            var notes = schema.Columns.ContainsKey("clock_skew");
            await using var command = new NpgsqlCommand(
                $"{(notes ? Note : "")} SELECT id, user_id, {Deleted(schema)} FROM instances WHERE id = ANY($1)", connection);
            command.Parameters.Add(Array(sightings.Select(s => s.Id), NpgsqlDbType.Uuid));
            if (notes)
            {
                command.Parameters.Add(Array(sightings.Select(s => PostgresTime.ToDateTime(s.Newest)), NpgsqlDbType.TimestampTz));
                command.Parameters.Add(Array(sightings.Select(s => s.User), NpgsqlDbType.Uuid));
                command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime });
            }
            var found = await command.QueryAsync(static row => (row.GetGuid(0), new InstanceState(row.Value<Guid>(1), row.GetBoolean(2))), token);
            return found.ToDictionary();
        }, CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>> FindAsync(IReadOnlySet<InstanceName> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return executor.ReadAsync<IReadOnlyDictionary<InstanceName, IReadOnlySet<Guid>>>(async (connection, token) =>
        {
            var live = $"NOT {Deleted(await SchemaAsync(connection, token))} AND (a.user_id IS NULL OR i.user_id = a.user_id)";
            // Two joins, each by an index; one with OR would compare every name with every instance.
            await using var command = new NpgsqlCommand(
                $"""
                WITH a AS MATERIALIZED (SELECT * FROM unnest($1, $2) a (user_id, name))
                SELECT a.user_id, a.name, i.id FROM a JOIN instances i ON i.name = a.name WHERE {live}
                UNION SELECT a.user_id, a.name, i.id FROM a JOIN instances i ON i.container_id = a.name WHERE {live}
                """, connection);
            command.Parameters.Add(Array(names.Select(n => n.Owner), NpgsqlDbType.Uuid));
            command.Parameters.Add(Array(names.Select(n => n.Name), NpgsqlDbType.Text));
            var found = await command.QueryAsync(static row => (new InstanceName(row.Value<Guid>(0), row.GetString(1)), row.GetGuid(2)), token);
            return found.GroupBy(f => f.Item1, f => f.Item2).ToDictionary(g => g.Key, g => (IReadOnlySet<Guid>)g.ToHashSet());
        }, CancellationToken.None);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, string>> RegisterAsync(IReadOnlySet<NewInstance> instances)
    {
        ArgumentNullException.ThrowIfNull(instances);
        var refused = new Dictionary<Guid, string>();
        try
        {
            await RegisterAllAsync(instances);
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutValues(e))
        {
            foreach (var instance in instances)
            {
                try
                {
                    await RegisterAllAsync([instance]);
                }
                catch (PostgresException own) when (PostgresErrors.IsAboutValues(own))
                {
                    refused[instance.Id] = Reason(own, instance.UserId);
                }
            }
        }
        return refused;
    }

    /// <inheritdoc/>
    public async Task<(Instance Instance, bool IsNew)> PutAsync(NewInstance instance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(instance);
        try
        {
            return await executor.WriteAsync(async (connection, token) =>
            {
                // xmax is 0 in a row that this statement has inserted.
                await using var command = new NpgsqlCommand(
                    $"""
                    {Insert}
                    ON CONFLICT (id) DO UPDATE SET name = coalesce(($2)[1], i.name), user_id = coalesce(($3)[1], i.user_id), updated_at = now()
                        {((await SchemaAsync(connection, token)).Columns.ContainsKey("deleted_at") ? ", deleted_at = NULL" : "")}
                    RETURNING name, user_id, xmax = 0
                    """, connection);
                Bind(command, [instance]);
                return (await command.QueryAsync(row => (new Instance(instance.Id, row.GetString(0), row.Value<Guid>(1)), row.GetBoolean(2)), token))[0];
            }, cancellationToken);
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutValues(e))
        {
            throw new InstanceException(Reason(e, instance.UserId), e);
        }
    }

    // In order of id: two replicas that insert the same in different order would deadlock.
    private Task<int> RegisterAllAsync(IEnumerable<NewInstance> instances) => executor.WriteAsync(async (connection, token) =>
    {
        await using var command = new NpgsqlCommand($"{Insert} ORDER BY id ON CONFLICT DO NOTHING", connection);
        Bind(command, [.. instances]);
        return await command.ExecuteNonQueryAsync(token);
    }, CancellationToken.None);

    private static void Bind(NpgsqlCommand command, IReadOnlyCollection<NewInstance> instances)
    {
        command.Parameters.Add(Array(instances.Select(i => i.Id), NpgsqlDbType.Uuid));
        command.Parameters.Add(Array(instances.Select(i => i.Name), NpgsqlDbType.Text));
        command.Parameters.Add(Array(instances.Select(i => i.UserId), NpgsqlDbType.Uuid));
    }

    private static string Reason(PostgresException e, Guid? user) => e.SqlState switch
    {
        PostgresErrorCodes.ForeignKeyViolation => $"user_id: there is no user {user}.",
        PostgresErrorCodes.NotNullViolation => $"{e.ColumnName}: this database requires it.",
        _ => $"The database refuses the instance: SQLSTATE {e.SqlState}.",
    };

    private async Task<LegacySchema> SchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        _schema ??= await LegacySchema.ReadAsync(connection, "instances", cancellationToken);

    // Generation 3 of the original has no deleted_at.
    private static string Deleted(LegacySchema schema) => schema.Columns.ContainsKey("deleted_at") ? "(deleted_at IS NOT NULL)" : "false";

    private static NpgsqlParameter<T[]> Array<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
