using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Ingest.Api.Instances;

/// <summary>Writes registrations, into whatever generation of the schema is there.</summary>
public sealed class InstanceStore(NpgsqlDataSource dataSource, DatabaseExecutor executor)
{
    // xmax is 0 in a row that this statement has inserted.
    private const string Upsert =
        """
        INSERT INTO instances AS i (id, name, user_id, status, created_at, updated_at)
        VALUES ($1, coalesce($2, 'instance ' || left($1::text, 8)), $3, 'running', now(), now())
        ON CONFLICT (id) DO UPDATE SET name = coalesce($2, i.name), user_id = coalesce($3, i.user_id), updated_at = now()
        """;

    // Registering an instance that was deleted brings it back.
    private const string Revive = ", deleted_at = NULL";
    private const string Returning = " RETURNING name, user_id, xmax = 0";

    private bool _keepsDeleted = true;

    /// <summary>Inserts or updates.</summary>
    /// <returns>The instance as it stands, and whether it is new.</returns>
    /// <exception cref="RequestException">422: no such user, or the original's generation 3, which wants one.</exception>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public Task<(Instance Instance, bool IsNew)> PutAsync(Guid id, string? name, Guid? user, CancellationToken cancellationToken) =>
        executor.RunAsync(async token =>
        {
            try
            {
                return await UpsertAsync(id, name, user, token);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn && _keepsDeleted)
            {
                // Generation 3 of the original has no deleted_at.
                _keepsDeleted = false;
                return await UpsertAsync(id, name, user, token);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw new RequestException(StatusCodes.Status422UnprocessableEntity, $"user_id: there is no user {user}.", e);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.NotNullViolation)
            {
                throw new RequestException(StatusCodes.Status422UnprocessableEntity, $"{e.ColumnName}: this database requires it.", e);
            }
        }, cancellationToken);

    private async Task<(Instance Instance, bool IsNew)> UpsertAsync(Guid id, string? name, Guid? user, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Upsert + (_keepsDeleted ? Revive : "") + Returning);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)name ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)user ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var instance = new Instance(id, reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetGuid(1));
        return (instance, reader.GetBoolean(2));
    }
}
