using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>The disk that the target's database lies on.</summary>
internal static class TargetDisk
{
    /// <summary>The server does not tell; the directory of its tablespace does, when it is on this machine and may be seen.</summary>
    public static async Task<long?> FreeBytesAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (target.Host is not ("localhost" or "127.0.0.1" or "::1") && target.Host?.StartsWith('/') != true)
            return null;
        try
        {
            var directory = await target.ScalarAsync<string>(
                """
                SELECT coalesce(nullif(pg_tablespace_location(dattablespace), ''), current_setting('data_directory'))
                FROM pg_database WHERE datname = current_database()
                """, cancellationToken);
            return directory is not null && Directory.Exists(directory) ? new DriveInfo(directory).AvailableFreeSpace : null;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }
}
