using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>The target's tables stand in schema public, and every session has to find them there first, and to write to them as anybody does.</summary>
internal static class TargetSchema
{
    /// <summary>What keeps this session from it, with the remedy; null for nothing.</summary>
    public static async Task<string?> ProblemAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await target.ScalarAsync<string>("SELECT current_schema()::text", cancellationToken) is var schema and not "public"
            ? $"New tables of {target.UserName} in database {target.Database} go to schema {schema ?? "(none)"}, ours and the services' stand in public. Let search_path begin "
                + "with it: add Search Path=public to ConnectionStrings__launchstack, or ALTER ROLE or ALTER DATABASE … SET search_path = public."
            : await target.ScalarAsync<string>("SELECT current_setting('timescaledb.restoring', true)", cancellationToken) is "on"
            ? $"timescaledb.restoring is on for {target.UserName} in database {target.Database}, as it is while a dump is restored: samples would not get into their chunks. "
                + "If no restore runs there, in it, as a superuser: SELECT timescaledb_post_restore(), "
                + $"ALTER ROLE {OriginalTable.Quote(target.UserName ?? "")} RESET timescaledb.restoring and the same with IN DATABASE {OriginalTable.Quote(target.Database)} before RESET."
            : await DatabaseConnection.ReplicaProblemAsync(target, cancellationToken);
}
