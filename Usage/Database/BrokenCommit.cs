using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Database;

/// <summary>
/// Finds out what became of a commit whose connection broke before its answer came, as when the server starts again between two requests.
/// A commit is all or nothing, so one row that is not there proves that it did not count, and that it may go again.
/// </summary>
internal static class BrokenCommit
{
    // Its backend may still be at it when only the connection broke; one that has ended has decided.
    private const string IsRunning = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)";

    private const string IsMissingOne =
        """
        SELECT EXISTS (
            SELECT FROM unnest($1, $2) AS sent (instance_id, "timestamp")
            WHERE NOT EXISTS (SELECT FROM resource_usage r WHERE r.instance_id = sent.instance_id AND r."timestamp" = sent."timestamp"))
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether it is certain that nothing of the commit was kept.</summary>
    /// <param name="connection">Another one, which answers.</param>
    /// <param name="backend">Server process of the broken connection.</param>
    /// <param name="set">What it carried.</param>
    /// <param name="time">Clock of the patience with a backend that has not ended.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public static async Task<bool> IsUndoneAsync(
        NpgsqlConnection connection, int backend, CommitSet set, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (await IsTrueAsync(IsRunning, new NpgsqlParameter<int> { TypedValue = backend }))
        {
            if (time.GetElapsedTime(started) > Patience)
                return false;
            await Task.Delay(Pause, time, cancellationToken);
        }

        var (instances, times) = (new Guid[set.Count], new DateTime[set.Count]);
        for (var position = 0; position < set.Count; position++)
        {
            var samples = set.Columns(position, out var row);
            (instances[position], times[position]) = (samples.Instances[row], PostgresTime.ToDateTime(samples.Times[row]));
        }
        return await IsTrueAsync(
            IsMissingOne,
            new NpgsqlParameter<Guid[]> { TypedValue = instances, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new NpgsqlParameter<DateTime[]> { TypedValue = times, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });

        async Task<bool> IsTrueAsync(string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(parameters);
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        }
    }
}
