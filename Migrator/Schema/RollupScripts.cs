using LaunchStack.Migrator.Database;
using LaunchStack.Usage;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>The rollups as the schema's own scripts make them, those named <c>-rollups</c>.</summary>
internal static class RollupScripts
{
    /// <summary>Those that the target lacks, finest first.</summary>
    public static Task<List<string>> MissingAsync(NpgsqlConnection target, CancellationToken cancellationToken) => target.QueryAsync(
        "SELECT name FROM unnest($1) WITH ORDINALITY u (name, n) WHERE to_regclass('public.' || name) IS NULL ORDER BY n", r => r.GetString(0),
        cancellationToken, (object)Rollup.All.Select(r => r.Name).ToArray());

    /// <summary>Makes those, empty: what was moved is to be rolled up again, and to be verified. In the caller's transaction.</summary>
    public static async Task MakeAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        const string Create = "CREATE MATERIALIZED VIEW ";
        foreach (var script in SchemaScript.All.Where(s => s.Name.EndsWith("-rollups", StringComparison.Ordinal)))
            await target.ExecuteAsync(script.Text.Replace(Create, $"{Create}IF NOT EXISTS ", StringComparison.Ordinal), cancellationToken);
        await target.ExecuteAsync(
            "UPDATE migration_windows SET rolled_up = false WHERE rolled_up; UPDATE migration_runs SET verified_at = NULL WHERE cutover_at IS NULL", cancellationToken);
    }

    /// <summary>Likewise, where somebody has dropped them by hand; what a bulk copy has dropped, it makes again itself.</summary>
    public static async Task<IEnumerable<string>> MakeLostAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (await MissingAsync(target, cancellationToken) is not { Count: > 0 } missing
            || await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM migration_refresh_policies)", cancellationToken))
            return [];
        await MakeAsync(target, cancellationToken);
        return missing.Select(name =>
            $"{name} was missing and is made again, empty; before the cutover catch-up fills it, after it: CALL refresh_continuous_aggregate('{name}', NULL, NULL)");
    }
}
