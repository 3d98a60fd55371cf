using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What the original asks of a row that is written to one of its tables.</summary>
/// <param name="Computed">Columns that the original alone fills: generated ones, and identities that take no value.</param>
/// <param name="Filled">Columns that it fills where nothing is given: with a default, or never NULL.</param>
/// <param name="NotNull">Columns that take no NULL.</param>
internal sealed record OriginalFacts(IReadOnlySet<string> Computed, IReadOnlySet<string> Filled, IReadOnlySet<string> NotNull)
{
    private const string Facts =
        """
        SELECT attname::text, attgenerated <> '' OR attidentity = 'a', attnotnull OR atthasdef OR attidentity <> '', attnotnull
        FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
        """;

    public static async Task<OriginalFacts> FindAsync(NpgsqlConnection original, OriginalTable table, CancellationToken cancellationToken)
    {
        var facts = await original.QueryAsync(
            Facts, r => (Name: r.GetString(0), Computed: r.GetBoolean(1), Filled: r.GetBoolean(2), NotNull: r.GetBoolean(3)), cancellationToken,
            table.Quoted);
        return new(
            facts.Where(f => f.Computed).Select(f => f.Name).ToHashSet(), facts.Where(f => f.Filled).Select(f => f.Name).ToHashSet(),
            facts.Where(f => f.NotNull).Select(f => f.Name).ToHashSet());
    }

    /// <summary>The columns that can be written back, and compared.</summary>
    public RelationShape Writable(RelationShape shape) =>
        shape with { Columns = [.. shape.Columns.Where(c => c.IsThere && !Computed.Contains(c.Source.Name))] };
}
