using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>
/// One runner at a time over all replicas, by lease: an advisory lock is no obstacle in the embedded database, whose one session is
/// everybody's. Each transaction of a runner takes <see cref="BeginAsync"/> first, so that one whose lease ran out while it was
/// stopped writes nothing beside its successor.
/// </summary>
internal sealed class MeteringClaim(NpgsqlDataSource dataSource)
{
    // Longer than any one step; a runner that dies keeps the others out this long.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private readonly Guid _runner = Guid.NewGuid();

    /// <summary>False: another one runs.</summary>
    public async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "UPDATE metering_state SET claimed_by = $1, claimed_until = now() + $2 WHERE claimed_by = $1 OR claimed_until < now() RETURNING 1");
        Bind(command);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Gives it back.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("UPDATE metering_state SET claimed_until = '-infinity' WHERE claimed_by = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _runner });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A transaction that excludes every other runner's, with the lease renewed.</summary>
    /// <exception cref="ClaimLostException">Another runner has taken over.</exception>
    public async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "UPDATE metering_state SET claimed_until = now() + $2 WHERE claimed_by = $1 RETURNING 1", connection, transaction);
        Bind(command);
        if (await command.ExecuteScalarAsync(cancellationToken) is not null)
            return transaction;
        await transaction.DisposeAsync();
        throw new ClaimLostException();
    }

    private void Bind(NpgsqlCommand command)
    {
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = _runner });
        command.Parameters.Add(new() { Value = Lease, NpgsqlDbType = NpgsqlDbType.Interval });
    }
}
