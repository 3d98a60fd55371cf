using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Operations.Backups;

/// <summary>
/// One backup, drill or restore at a time over all replicas. Twice: an advisory lock of the database, and a file in the directory, for
/// the embedded database, whose one session shares its advisory locks among all clients, and for a restore, when there is no database.
/// </summary>
internal sealed class BackupLock : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly NpgsqlConnection? _connection;

    private BackupLock(FileStream file, NpgsqlConnection? connection) => (_file, _connection) = (file, connection);

    /// <summary>Null when another process has it.</summary>
    public static async Task<BackupLock?> TryTakeAsync(BackupOptions options, NpgsqlDataSource? dataSource, CancellationToken cancellationToken)
    {
        var path = Path.Combine(options.Directory, ".lock");
        FileStream file;
        try
        {
            Directory.CreateDirectory(options.Directory);
            file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"Backups:Directory ({options.Directory}) cannot be written to: {e.Message}", e);
        }

        var connection = dataSource?.CreateConnection();
        try
        {
            if (connection is not null)
            {
                await connection.OpenAsync(cancellationToken);
                if (!await connection.TryLockAsync(AdvisoryLock.Backups, cancellationToken))
                {
                    await connection.DisposeAsync();
                    await file.DisposeAsync();
                    return null;
                }
            }
            return new(file, connection);
        }
        catch (NpgsqlException)
        {
            // A database that does not answer is nobody's to copy: the backup fails by that itself, and records it.
            await connection!.DisposeAsync();
            return new(file, null);
        }
        catch
        {
            await file.DisposeAsync();
            await connection!.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (_connection is null)
            return;
        try
        {
            await _connection.UnlockAsync(AdvisoryLock.Backups);
        }
        catch (NpgsqlException)
        {
            // A broken connection has lost the lock with its session.
        }
        await _connection.DisposeAsync();
    }
}
