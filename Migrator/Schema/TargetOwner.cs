using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>Whose the tables of a target are: only their owner, and who is a member of that role, may do with them what the verbs do.</summary>
internal static class TargetOwner
{
    /// <summary>Why the connection's user may not change them, and the remedy; null where it may, or there are none.</summary>
    public static async Task<string?> ProblemAsync(NpgsqlConnection target, CancellationToken cancellationToken) =>
        await FindAsync(target, "pg_has_role(c.relowner, 'USAGE')", cancellationToken) is { } owner ? Describe(target, owner, "change") : null;

    /// <exception cref="RefusedException">The connection's user may not change them.</exception>
    public static async Task RequireAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (await ProblemAsync(target, cancellationToken) is { } problem)
            throw new RefusedException(problem);
    }

    /// <exception cref="RefusedException">The connection's user may not read them.</exception>
    public static async Task RequireReadableAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (await FindAsync(target, "has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')", cancellationToken) is { } owner)
            throw new RefusedException(Describe(target, owner, "read"));
    }

    // By the catalog: the information schema hides what one may not read, and a name in a closed schema is an error by itself.
    private static Task<string?> FindAsync(NpgsqlConnection target, string may, CancellationToken cancellationToken) => target.ScalarAsync<string>(
        $"""
        SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relname = $1 AND NOT ({may})
        """, cancellationToken, SchemaRunner.Journal);

    private static string Describe(NpgsqlConnection target, string owner, string what) =>
        $"The target's tables belong to {owner}, so {target.UserName} may not {what} them. Name {owner} in ConnectionStrings__launchstack, or "
        + $"GRANT {OriginalTable.Quote(owner)} TO {OriginalTable.Quote(target.UserName!)}.";
}
