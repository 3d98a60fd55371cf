using LaunchStack.Migrator.Source;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>One migrator at a time moves samples into a target. Not the schema's lock: that one is held briefly.</summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    private const long Key = 0x6D69677261746521;
    private readonly NpgsqlConnection _target;

    private MigrationLock(NpgsqlConnection target) => _target = target;

    /// <exception cref="RefusedException">Another migrator has it.</exception>
    public static async Task<MigrationLock> TakeAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await target.ScalarAsync<bool>("SELECT pg_try_advisory_lock($1)", cancellationToken, Key)
            ? new(target)
            : throw new RefusedException("Another migrator is moving samples into this target. Wait for it, or stop it.");

    public async ValueTask DisposeAsync()
    {
        if (_target.State == System.Data.ConnectionState.Open)
            await _target.ExecuteAsync("SELECT pg_advisory_unlock($1)", CancellationToken.None, Key);
    }
}
