using Npgsql;

namespace LaunchStack.Aggregator.Tests.Support;

internal static class Rows
{
    /// <summary>One sample a step, over [from, to).</summary>
    public static Task InsertAsync(NpgsqlDataSource dataSource, Guid instance, DateTimeOffset from, DateTimeOffset to, TimeSpan step) =>
        dataSource.RunAsync(
            $"""
            INSERT INTO resource_usage (instance_id, "timestamp", cpu_usage, memory_usage, memory_limit, network_in)
            SELECT '{instance}', t, 50, 100, 200, 1000
            FROM generate_series('{from:O}'::timestamptz, '{to:O}'::timestamptz - interval '1 microsecond', interval '{step}') t
            ON CONFLICT DO NOTHING
            """);

    /// <summary>Samples that the rollup shows of the instance.</summary>
    public static Task<long> RolledUpAsync(NpgsqlDataSource dataSource, string rollup, Guid instance) =>
        dataSource.ScalarAsync<long>($"SELECT coalesce(sum(sample_count), 0)::bigint FROM {rollup} WHERE instance_id = '{instance}'");
}
