using LaunchStack.Usage.Writing;
using Npgsql;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Runs small statements beside the write path under the same promise: an answer, or <see cref="DatabaseUnavailableException"/> within 2 seconds
/// of a database that is away. They may be repeated, and are, when their connection turns out to have died in the pool.
/// </summary>
public sealed class DatabaseExecutor
{
    private const int DeadConnections = 20;

    private readonly NpgsqlDataSource _dataSource;
    private readonly DatabaseProbe _probe;
    private readonly UsageWriterOptions _options;

    /// <summary>For statements on <paramref name="dataSource"/>.</summary>
    public DatabaseExecutor(NpgsqlDataSource dataSource, UsageWriterOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        _dataSource = dataSource;
        _probe = new(dataSource.ConnectionString, time);
        _options = options;
    }

    /// <summary>Runs <paramref name="action"/>; what it throws about its own values passes through.</summary>
    /// <exception cref="DatabaseUnavailableException">No connection, no answer in time, or a server that takes no writes.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await _probe.WithinReachAsync(token => RepeatAsync(action, token), _options.CommitTimeout, cancellationToken);
        }
        catch (PostgresException e) when (PostgresErrors.IsAboutRows(e))
        {
            throw;
        }
        catch (Exception e) when (PostgresErrors.IsAway(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new DatabaseUnavailableException(PostgresErrors.Describe(e), _options.RetryAfter, e);
        }
    }

    private async Task<T> RepeatAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        // More than once: while another request empties the pool, a dead connection may still come out of it.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await action(cancellationToken);
            }
            catch (NpgsqlException e) when (PostgresErrors.IsBroken(e) && attempt < DeadConnections)
            {
                _dataSource.Clear();
            }
        }
    }
}
