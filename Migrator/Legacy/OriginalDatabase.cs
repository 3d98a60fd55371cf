using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>What the original database holds, found by looking at it.</summary>
/// <param name="Identity">System identifier and database: a resumed run must meet the same one.</param>
/// <param name="Generation">1, 2 or 3.</param>
/// <param name="Samples">The sample table.</param>
/// <param name="Server">Major version of its server.</param>
/// <param name="Relations">users, instances, payments, as far as they are there, in the order of their references.</param>
/// <param name="Ignored">Tables of these names in schemas of somebody else's.</param>
internal sealed record OriginalDatabase(string Identity, int Generation, int Server, OriginalTable Samples, IReadOnlyList<OriginalTable> Relations,
    IReadOnlyList<OriginalTable> Ignored)
{
    // Generations 1 and 2 name it so.
    private const string Plural = "resource_usages";

    private static readonly string[] SampleNames = [Plural, "resource_usage"];

    /// <summary>The tables beside the samples, by their names in the target; those that others name first.</summary>
    public static readonly IReadOnlyList<string> RelationNames = ["users", "instances", "payments"];

    /// <summary>Names of all that is moved, as the original may have them.</summary>
    public static IEnumerable<string> Names => RelationNames.Concat(SampleNames);

    /// <summary>Whether rows of other tables name those of a relation by its id.</summary>
    public static bool IsNamed(string relation) => relation is "users" or "instances";

    /// <summary>All that is moved: the relations, then the samples.</summary>
    public IEnumerable<OriginalTable> Tables => Relations.Append(Samples);

    /// <summary>How its samples are read.</summary>
    /// <param name="extras">Columns to read besides ours; none by default.</param>
    /// <exception cref="SchemaException">A column has a type that cannot be read as ours.</exception>
    public LegacySampleQuery SampleQuery(ExtraColumns? extras = null) => new(Samples, Server, extras ?? ExtraColumns.None);

    /// <exception cref="SchemaException">It is too old, or holds no sample table.</exception>
    /// <exception cref="RefusedException">The connection's user may not read all of it, or several tables could be meant.</exception>
    public static async Task<OriginalDatabase> DetectAsync(NpgsqlConnection connection, CancellationToken cancellationToken, int target = int.MaxValue)
    {
        if (connection.PostgreSqlVersion.Major < 14)
            throw new SchemaException($"The original runs PostgreSQL {connection.PostgreSqlVersion}; 14 or later is needed to read it by ranges of blocks.");

        var catalog = new OriginalCatalog(connection, target);
        var samples = await catalog.FindAsync(SampleNames, schema: null, cancellationToken)
            ?? throw new SchemaException(
                $"Database {connection.Database} has neither resource_usages nor resource_usage: it is no original LaunchStack database. Correct ConnectionStrings__original.");
        if (samples.Find("received_at") is not null && await connection.ScalarAsync<bool>(
            "SELECT to_regclass('public.migration_windows') IS NOT NULL OR to_regclass('public.retention_progress') IS NOT NULL", cancellationToken))
            throw new SchemaException("ConnectionStrings__original points at a database with the new schema. Point it at the original one.");
        var lacking = LegacySampleColumns.Names[..EncodedSample.FirstMeasure].Where(name => samples.Find(name) is null).ToList();
        if (lacking.Count > 0)
            throw new SchemaException(
                $"{samples.Display} of the original has no column {string.Join(" and none ", lacking)}, by which a sample is known. Offer a view in its place, in a schema of its own, "
                + "that has it, and name that schema first in Search Path of ConnectionStrings__original.");

        // Instances are what the samples name, so theirs may be another schema; a table of users or payments elsewhere is somebody else's.
        var instances = await catalog.FindAsync(["instances"], samples.Schema, cancellationToken);
        List<OriginalTable> relations = [], ignored = [];
        foreach (var name in RelationNames)
        {
            if (await catalog.FindAsync([name], samples.Schema, cancellationToken) is not { } table)
                continue;
            var isOurs = table.IsNamed || table.Schema == samples.Schema || table.Schema == instances?.Schema;
            (isOurs ? relations : ignored).Add(table);
        }

        await OriginalAccess.RequireAsync(connection, [.. relations, samples], cancellationToken);
        var identity = await connection.ScalarAsync<string>(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || current_database()", cancellationToken);
        var generation = !samples.Name.Equals(Plural, StringComparison.OrdinalIgnoreCase) ? 3 : samples.Find("updated_at") is null ? 1 : 2;
        return new(identity!, generation, connection.PostgreSqlVersion.Major, samples, relations, ignored);
    }
}
