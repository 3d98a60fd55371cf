using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Database;

/// <summary>Statements about one rollup.</summary>
public static class RollupExtensions
{
    /// <summary>Refreshes whole buckets within [from, to); nothing happens where no row has changed. Not within a transaction.</summary>
    /// <param name="connection">Open; its settings are as before afterwards, since a pool hands them on.</param>
    /// <param name="rollup">What to refresh.</param>
    /// <param name="from">UTC.</param>
    /// <param name="to">UTC.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="timeout">Of the statement; null: the connection's.</param>
    public static async Task RefreshAsync(
        this NpgsqlConnection connection, Rollup rollup, DateTime from, DateTime to, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(rollup);
        // Since 2.28 TimescaleDB refreshes ten buckets at a time, each with a scan of its own that reads a whole chunk of rows for them; 2.20 and
        // earlier know no options.
        var hasOptions = await connection.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'refresh_continuous_aggregate' AND 'options' = ANY(proargnames))", cancellationToken);
        var options = hasOptions ? """, options => '{"buckets_per_batch": 0}'""" : "";
        await using var refresh = new NpgsqlCommand($"CALL refresh_continuous_aggregate('{rollup.Name}', $1, $2{options})", connection)
        {
            Parameters =
            {
                new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = to, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        if (timeout is { } limit)
            refresh.CommandTimeout = (int)limit.TotalSeconds;
        if (rollup.Finer is null)
        {
            await refresh.ExecuteNonQueryAsync(cancellationToken);
            return;
        }

        // It also reads what lies above the finer rollup's watermark. Within a refresh TimescaleDB asks for that watermark anew for
        // each row of a scan (10 µs each: minutes over a day of a fleet), for an index once.
        await connection.ExecuteAsync("SET enable_seqscan = off; SET enable_bitmapscan = off", cancellationToken);
        try
        {
            await refresh.ExecuteNonQueryAsync(cancellationToken);
        }
        finally
        {
            if (connection.State == ConnectionState.Open)
                await connection.ExecuteAsync("RESET enable_seqscan; RESET enable_bitmapscan", CancellationToken.None);
        }
    }
}
