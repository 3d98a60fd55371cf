using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>One migrator at a time moves samples into a target. Not the schema's lock: that one is held briefly.</summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly NpgsqlConnection _target;

    private MigrationLock(NpgsqlConnection target) => _target = target;

    /// <summary>Waits a while.</summary>
    /// <exception cref="RefusedException">Another migrator has it.</exception>
    public static async Task<MigrationLock> TakeAsync(NpgsqlConnection target, TimeProvider time, CancellationToken cancellationToken) =>
        await TryForAWhileAsync(() => target.TryLockAsync(AdvisoryLock.Migration, cancellationToken), time, cancellationToken)
            ? new(target)
            : throw new RefusedException("Another migrator is moving samples into this target. Wait for it, or stop it.");

    /// <summary>Tries until it succeeds: that a migrator was killed, the server notices only when it next speaks to it.</summary>
    /// <returns>False when it has not within a while.</returns>
    public static async Task<bool> TryForAWhileAsync(Func<Task<bool>> take, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!await take())
        {
            if (time.GetElapsedTime(started) > Patience)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken);
        }
        return true;
    }

    public async ValueTask DisposeAsync() => await _target.UnlockAsync(AdvisoryLock.Migration);
}
