using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Move;

/// <summary>What the target can do, found by trying.</summary>
/// <param name="Copy">COPY FROM STDIN; the embedded database refuses it.</param>
/// <param name="DirectCompress">COPY into compressed chunks (TimescaleDB 2.21).</param>
internal sealed record TargetAbilities(bool Copy, bool DirectCompress)
{
    public static readonly TargetAbilities None = new(false, false);

    public static async Task<TargetAbilities> FindAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var direct = await target.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.enable_direct_compress_copy')", cancellationToken);
        return await CanCopyAsync(target, cancellationToken) ? new(true, direct) : None;
    }

    // No row: a look must not write, and a move that follows the original looks all the time.
    private static async Task<bool> CanCopyAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        try
        {
            await using var importer = await target.BeginBinaryImportAsync("COPY migration_windows FROM STDIN (FORMAT binary)", cancellationToken);
            await importer.CompleteAsync(cancellationToken);
            return true;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.FeatureNotSupported)
        {
            return false;
        }
    }
}
