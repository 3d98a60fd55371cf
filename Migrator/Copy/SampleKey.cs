using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Move;
using Npgsql;

namespace LaunchStack.Migrator.Copy;

/// <summary>The unique key of the samples, which stands aside while they are copied in bulk.</summary>
internal static class SampleKey
{
    public const string Name = "resource_usage_instance_id_timestamp_key";

    /// <summary>Whether it is there.</summary>
    public const string Exists = $"SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = '{Name}')";

    public static Task DropAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        target.ExecuteAsync($"ALTER TABLE resource_usage DROP CONSTRAINT IF EXISTS {Name}", cancellationToken);

    /// <summary>
    /// The key does not look at rows that are compressed already. Windows do not overlap and duplicates are taken out of each, so
    /// the samples are unique when there are as many as were sent; when not, somebody else has written, and they are compared.
    /// </summary>
    public static async Task RestoreAsync(MigrationContext context, CancellationToken cancellationToken)
    {
        if (await context.Target.ScalarAsync<bool>(Exists, cancellationToken))
            return;
        context.Progress.Step("proving that no sample is there twice");
        var twice = await context.Ledger.HoldsWhatWasSentAsync(cancellationToken) ? 0 : await context.Target.ScalarAsync<long>(
            "SELECT count(*) FROM (SELECT FROM resource_usage GROUP BY instance_id, \"timestamp\" HAVING count(*) > 1) d", cancellationToken);
        if (twice > 0)
            throw new InvalidOperationException($"{twice} samples stand in the target more than once. Start again in an empty target.");
        context.Progress.Step("building the unique index");
        await context.Target.ExecuteAsync($"ALTER TABLE resource_usage ADD CONSTRAINT {Name} UNIQUE (instance_id, \"timestamp\")", cancellationToken);
    }
}
