using System.Text.RegularExpressions;
using LaunchStack.Migrator.Database;
using Npgsql;

namespace LaunchStack.Migrator.Schema;

/// <summary>The names that our schema takes in the target.</summary>
internal static partial class SchemaNames
{
    private const string Taken =
        """
        SELECT n.kind || ' ' || n.name FROM
          (SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' ELSE 'table' END AS kind,
                  c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
           UNION ALL SELECT 'function', p.proname::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
           UNION ALL SELECT 'type', t.typname::text FROM pg_type t
             WHERE t.typnamespace = 'public'::regnamespace AND t.typrelid = 0 AND t.typtype IN ('d', 'e', 'r')) n
        WHERE n.name = ANY($1) ORDER BY 1
        """;

    /// <summary>What of the database has a name of ours although the script that makes it has not run, such as <c>table outbox</c>.</summary>
    public static async Task<List<string>> TakenAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        var run = await RunAsync(target, cancellationToken);
        var names = SchemaScript.All.Where(s => run?.Contains(s.Name) != true)
            .SelectMany(s => Created().Matches(s.Text)).Select(m => m.Groups["name"].Value).ToList();
        // The second is an original's own.
        if (run is null)
            names.AddRange([SchemaRunner.Journal, "resource_usages"]);
        return await target.QueryAsync(Taken, r => r.GetString(0), cancellationToken, [names.ToArray()]);
    }

    /// <summary>The scripts in our journal; null where there is none, or one of somebody else's.</summary>
    private static async Task<HashSet<string>?> RunAsync(NpgsqlConnection target, CancellationToken cancellationToken)
    {
        if (!await target.ScalarAsync<bool>(
            $"""
            SELECT EXISTS (SELECT FROM information_schema.columns
                           WHERE table_schema = 'public' AND table_name = '{SchemaRunner.Journal}' AND column_name = 'scriptname')
            """, cancellationToken))
            return null;
        var run = await target.QueryAsync($"SELECT scriptname::text FROM public.{SchemaRunner.Journal}", r => r.GetString(0), cancellationToken);
        return run.Count == 0 || run.Contains(SchemaScript.All[0].Name) ? [.. run] : null;
    }

    [GeneratedRegex(
        @"^\s*(CREATE (UNIQUE )?(TABLE|MATERIALIZED VIEW|INDEX|FUNCTION|PROCEDURE) (IF NOT EXISTS )?|\(')(?<name>\w+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Created();
}
