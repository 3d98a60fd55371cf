using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Auth;

/// <summary>Keys in the table <c>api_keys</c>. The original's database has none: there, only the admin key counts.</summary>
public sealed class KeyStore(DatabaseExecutor executor)
{
    private const string Columns =
        """
        id, name, scopes, user_id, instance_id, registers_instances, samples_per_second, burst, new_instances_per_day,
        created_at, expires_at, revoked_at, last_used_at
        """;

    // Of rows that somebody holds the note is left out. Not part of the look-up, which also has to do where nothing can be written.
    private const string NoteUse =
        $"""
        UPDATE api_keys SET last_used_at = now() WHERE id IN (
            SELECT id FROM api_keys WHERE id = ANY($1) AND {IsDue} FOR NO KEY UPDATE SKIP LOCKED)
        """;

    private const string IsDue = "(last_used_at IS NULL OR last_used_at < now() - interval '1 minute')";

    private int _notes;

    /// <summary>Looks keys up by their hashes (<see cref="KeyText.Name"/>) and notes their use a moment later, to the minute.</summary>
    /// <returns>Those that are valid.</returns>
    public async Task<IReadOnlyDictionary<string, ApiKey>> FindAsync(IReadOnlySet<string> hashes)
    {
        var found = await executor.ReadAsync(async (connection, token) =>
        {
            try
            {
                return await connection.QueryAsync(
                    $"""
                    SELECT {Columns}, hash, {IsDue} FROM api_keys
                    WHERE hash = ANY($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                    """,
                    static row => (Hash: KeyText.Name(row.GetFieldValue<byte[]>(13)), Key: Read(row), IsDue: row.GetBoolean(14)),
                    token, new NpgsqlParameter<byte[][]> { TypedValue = [.. hashes.Select(Convert.FromHexString)] });
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                return [];
            }
        }, CancellationToken.None);
        // One at a time: on a database whose commits hang they would pile up. What is left out is due again with the next look-up.
        if (found.Exists(f => f.IsDue) && Interlocked.Exchange(ref _notes, 1) == 0)
            _ = NoteUseAsync([.. found.Where(f => f.IsDue).Select(f => f.Key.Id)]);
        return found.ToDictionary(f => f.Hash, f => f.Key);
    }

    /// <summary>All keys, newest first, revoked ones too.</summary>
    public Task<List<ApiKey>> ListAsync(CancellationToken cancellationToken) => executor.ReadAsync(
        (connection, token) => connection.QueryAsync($"SELECT {Columns} FROM api_keys ORDER BY created_at DESC, id", Read, token), cancellationToken);

    /// <summary>Makes a key. Only its hash is kept: the answer is the one place where the key itself stands.</summary>
    /// <exception cref="PostgresException">23503: there is no such user.</exception>
    public async Task<(string Key, ApiKey Details)> MakeAsync(NewKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var text = KeyText.Make();
        // The hash was chosen before: repeated over another connection, the statement answers with the key that is there.
        var made = await executor.WriteAsync(
            (connection, token) => connection.QueryAsync(
                $"""
                INSERT INTO api_keys (id, name, hash, scopes, user_id, instance_id, registers_instances, samples_per_second, burst,
                                      new_instances_per_day, expires_at)
                VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash RETURNING {Columns}
                """,
                Read, token, key.Name, KeyText.Hash(text), key.Scopes!.Distinct().ToArray(), Value(NpgsqlDbType.Uuid, key.UserId),
                Value(NpgsqlDbType.Uuid, key.InstanceId), key.RegistersInstances ?? false, Value(NpgsqlDbType.Integer, key.SamplesPerSecond),
                Value(NpgsqlDbType.Integer, key.Burst), Value(NpgsqlDbType.Integer, key.NewInstancesPerDay),
                Value(NpgsqlDbType.TimestampTz, key.ExpiresAt?.UtcDateTime)),
            cancellationToken);
        return (text, made[0]);
    }

    /// <summary>Revokes; twice is the same as once.</summary>
    /// <returns>False when there is no such key.</returns>
    public Task<bool> RevokeAsync(Guid id, CancellationToken cancellationToken) => executor.WriteAsync(
        async (connection, token) =>
            await connection.ExecuteAsync("UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1", token, id) == 1,
        cancellationToken);

    private async Task NoteUseAsync(Guid[] keys)
    {
        try
        {
            await executor.WriteAsync((connection, token) => connection.ExecuteAsync(NoteUse, token, keys), CancellationToken.None);
        }
        catch (Exception e) when (e is DatabaseUnavailableException or PostgresException)
        {
            // A key is good without it.
        }
        finally
        {
            Volatile.Write(ref _notes, 0);
        }
    }

    private static NpgsqlParameter Value(NpgsqlDbType type, object? value) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static ApiKey Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.Value<Guid>(3), row.Value<Guid>(4),
        row.GetBoolean(5), row.Value<int>(6), row.Value<int>(7), row.Value<int>(8),
        row.GetFieldValue<DateTimeOffset>(9), row.Value<DateTimeOffset>(10), row.Value<DateTimeOffset>(11), row.Value<DateTimeOffset>(12));
}
