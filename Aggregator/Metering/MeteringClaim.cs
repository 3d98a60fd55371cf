using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>
/// One Aggregator at a time, by lease: an advisory lock is no obstacle in the embedded database, whose one session is
/// everybody's. Each transaction of one takes <see cref="BeginAsync"/> first, so that one whose lease ran out while it was
/// stopped writes nothing beside its successor.
/// </summary>
internal sealed class MeteringClaim(NpgsqlDataSource dataSource)
{
    // Longer than any one step; a runner that dies keeps the others out this long.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private readonly Guid _runner = Guid.NewGuid();

    /// <summary>False: another one runs.</summary>
    public Task<bool> TakeAsync(CancellationToken cancellationToken) => dataSource.ScalarAsync<bool>(
        "UPDATE metering_state SET claimed_by = $1, claimed_until = now() + $2 WHERE claimed_by = $1 OR claimed_until < now() RETURNING true",
        cancellationToken, _runner, Lease);

    /// <summary>Gives it back.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) =>
        dataSource.ExecuteAsync("UPDATE metering_state SET claimed_until = '-infinity' WHERE claimed_by = $1", cancellationToken, _runner);

    /// <summary>A transaction that excludes every other runner's, with the lease renewed.</summary>
    /// <exception cref="ClaimLostException">Another runner has taken over.</exception>
    public async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteAsync("UPDATE metering_state SET claimed_until = now() + $2 WHERE claimed_by = $1", cancellationToken, _runner, Lease) > 0)
            return transaction;
        await transaction.DisposeAsync();
        throw new ClaimLostException();
    }
}
