using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Auth;

/// <summary>Keys in the table <c>api_keys</c>. The original's database has none: there, only the admin key counts.</summary>
public sealed class KeyStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    private const string Columns =
        """
        id, name, scopes, user_id, instance_id, registers_instances, samples_per_second, burst, new_instances_per_day,
        created_at, expires_at, revoked_at, last_used_at
        """;

    /// <summary>Looks a key up and notes its use, to the minute.</summary>
    public Task<ApiKey?> UseAsync(byte[] hash, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        try
        {
            await using var command = dataSource.CreateCommand(
                $"""
                WITH used AS (
                    UPDATE api_keys SET last_used_at = now()
                    WHERE hash = $1 AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute'))
                SELECT {Columns} FROM api_keys
                WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                """);
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash });
            return (await ReadAsync(command, token)).FirstOrDefault();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    }, cancellationToken);

    /// <summary>All keys, newest first, revoked ones too.</summary>
    public Task<List<ApiKey>> ListAsync(CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM api_keys ORDER BY created_at DESC, id");
        return await ReadAsync(command, token);
    }, cancellationToken);

    /// <summary>Makes a key. Only its hash is kept: the answer is the one place where the key itself stands.</summary>
    /// <exception cref="PostgresException">23503: there is no such user.</exception>
    public Task<(string Key, ApiKey Details)> MakeAsync(NewKey key, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        ArgumentNullException.ThrowIfNull(key);
        var text = KeyText.Make();
        await using var command = dataSource.CreateCommand(
            $"""
            INSERT INTO api_keys (id, name, hash, scopes, user_id, instance_id, registers_instances, samples_per_second, burst,
                                  new_instances_per_day, expires_at)
            VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {Columns}
            """);
        Add(command, NpgsqlDbType.Text, key.Name);
        Add(command, NpgsqlDbType.Bytea, KeyText.Hash(text));
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, key.Scopes!.Distinct().ToArray());
        Add(command, NpgsqlDbType.Uuid, key.UserId);
        Add(command, NpgsqlDbType.Uuid, key.InstanceId);
        Add(command, NpgsqlDbType.Boolean, key.RegistersInstances ?? false);
        Add(command, NpgsqlDbType.Integer, key.SamplesPerSecond);
        Add(command, NpgsqlDbType.Integer, key.Burst);
        Add(command, NpgsqlDbType.Integer, key.NewInstancesPerDay);
        Add(command, NpgsqlDbType.TimestampTz, key.ExpiresAt?.UtcDateTime);
        return (text, (await ReadAsync(command, token))[0]);
    }, cancellationToken);

    /// <summary>Revokes; twice is the same as once.</summary>
    /// <returns>False when there is no such key.</returns>
    public Task<bool> RevokeAsync(Guid id, CancellationToken cancellationToken) => executor.RunAsync(async token =>
    {
        await using var command = dataSource.CreateCommand("UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1");
        Add(command, NpgsqlDbType.Uuid, id);
        return await command.ExecuteNonQueryAsync(token) == 1;
    }, cancellationToken);

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object? value) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    private static async Task<List<ApiKey>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var keys = new List<ApiKey>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new(
                reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<string[]>(2), Value<Guid>(reader, 3), Value<Guid>(reader, 4),
                reader.GetBoolean(5), Value<int>(reader, 6), Value<int>(reader, 7), Value<int>(reader, 8),
                reader.GetFieldValue<DateTimeOffset>(9), Value<DateTimeOffset>(reader, 10), Value<DateTimeOffset>(reader, 11),
                Value<DateTimeOffset>(reader, 12)));
        }
        return keys;
    }

    private static T? Value<T>(NpgsqlDataReader reader, int column) where T : struct =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
