using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What the original asks of a row that is written to one of its tables.</summary>
/// <param name="Computed">Columns that the original alone fills: generated ones, and identities that take no value.</param>
/// <param name="NotNull">Columns that take no NULL: where nothing is known, the original fills them or keeps what they have.</param>
/// <param name="Named">Columns that foreign keys of any table name: NULL for a moment may stay there for ever.</param>
internal sealed record OriginalFacts(IReadOnlySet<string> Computed, IReadOnlySet<string> NotNull, IReadOnlySet<string> Named)
{
    private const string Facts =
        """
        SELECT attname::text, attgenerated <> '' OR attidentity = 'a', attnotnull OR attidentity <> '' OR t.typnotnull,
               EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = attrelid AND attnum = ANY(k.confkey))
        FROM pg_attribute JOIN pg_type t ON t.oid = atttypid WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
        """;

    public static async Task<OriginalFacts> FindAsync(NpgsqlConnection original, OriginalTable table, CancellationToken cancellationToken)
    {
        var facts = await original.QueryAsync(
            Facts, r => (Name: r.GetString(0), Computed: r.GetBoolean(1), NotNull: r.GetBoolean(2), Named: r.GetBoolean(3)), cancellationToken,
            table.Quoted);
        return new(
            facts.Where(f => f.Computed).Select(f => f.Name).ToHashSet(), facts.Where(f => f.NotNull).Select(f => f.Name).ToHashSet(),
            facts.Where(f => f.Named).Select(f => f.Name).ToHashSet());
    }

    /// <summary>The columns that can be written back, and compared.</summary>
    public RelationShape Writable(RelationShape shape) =>
        shape with { Columns = [.. shape.Columns.Where(c => c.IsThere && !Computed.Contains(c.Source.Name))] };
}
