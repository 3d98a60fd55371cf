using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>The unique key of the samples, which stands aside while they are copied in bulk.</summary>
internal static class SampleKey
{
    public const string Name = "resource_usage_instance_id_timestamp_key";

    /// <summary>Whether it is there.</summary>
    public const string Exists = $"SELECT to_regclass('public.{Name}') IS NOT NULL";

    public static Task DropAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        target.ExecuteAsync($"DROP INDEX IF EXISTS {Name}", cancellationToken);

    /// <summary>
    /// Windows do not overlap and duplicates are taken out of each, so the samples are unique when there are as many as were sent; when not,
    /// somebody else has written, and they are compared. Not every version of TimescaleDB looks at compressed rows when it builds the key.
    /// </summary>
    /// <exception cref="InvalidOperationException">A sample is there more than once.</exception>
    public static async Task ProveAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        if (await context.Target.ScalarAsync<bool>(Exists, cancellationToken))
            return;
        context.Progress.Step("proving that no sample is there twice");
        var twice = await context.Ledger.HoldsWhatWasSentAsync(cancellationToken) ? 0 : await context.Target.ScalarAsync<long>(
            "SELECT count(*) FROM (SELECT FROM resource_usage GROUP BY instance_id, \"timestamp\" HAVING count(*) > 1) d", cancellationToken);
        if (twice > 0)
            throw new InvalidOperationException($"{twice} samples stand in the target more than once. Start again in an empty target.");
        context.Progress.Step("building the unique index");
    }

    /// <summary>
    /// With statistics of the samples: without any, the refresh jobs that start after the copy plan a scan that asks for a rollup's
    /// watermark at each row of the newest chunk (20 s for 200,000). Reads the samples only: what else reads them goes on beside it.
    /// </summary>
    public static async Task BuildAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        await target.ExecuteAsync($"CREATE UNIQUE INDEX IF NOT EXISTS {Name} ON resource_usage (instance_id, \"timestamp\")", cancellationToken);
        await target.ExecuteAsync("ANALYZE resource_usage", cancellationToken);
    }
}
