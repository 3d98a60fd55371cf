using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Ledger;

/// <summary>One migrator at a time moves samples into a target. Not the schema's lock: that one is held briefly.</summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    private const long Key = 0x6D69677261746521;
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly NpgsqlConnection _target;

    private MigrationLock(NpgsqlConnection target) => _target = target;

    /// <summary>Waits a while: the server notices only when it next speaks to it that a migrator was killed.</summary>
    /// <exception cref="RefusedException">Another migrator has it.</exception>
    public static async Task<MigrationLock> TakeAsync(NpgsqlConnection target, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!await target.TryLockAsync(Key, cancellationToken))
        {
            if (time.GetElapsedTime(started) > Patience)
                throw new RefusedException("Another migrator is moving samples into this target. Wait for it, or stop it.");
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken);
        }
        return new(target);
    }

    public async ValueTask DisposeAsync() => await _target.UnlockAsync(Key);
}
