using LaunchStack.Migrator.Database;
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
            : await TimescaleEdition.AbsenceAsync(target, cancellationToken) is { } absence ? $"Samples would not get into their chunks: {absence}."
            : await DatabaseConnection.ReplicaProblemAsync(target, cancellationToken);
}
