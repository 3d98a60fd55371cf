using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What one of the original's tables lacks of the target's, holds otherwise, or holds although the target has deleted it.</summary>
/// <param name="Shape">Its columns as far as they can be compared.</param>
/// <param name="Parent">The original's table that <see cref="RelationShape.Parent"/> names; null without one.</param>
/// <param name="Facts">What the original asks of a row.</param>
/// <param name="New">Ids of rows that it lacks.</param>
/// <param name="Changed">Ids of rows that it holds otherwise.</param>
/// <param name="Deleted">Ids of rows that were there at the cutover, or brought back since, and have gone from the target.</param>
internal sealed record RelationDifference(
    RelationShape Shape, OriginalTable? Parent, OriginalFacts Facts, IReadOnlyList<Guid> New, IReadOnlyList<Guid> Changed, IReadOnlyList<Guid> Deleted)
{
    /// <summary>Ids of rows that it holds otherwise in whatever column, also one that it computes or fills by itself.</summary>
    public IReadOnlyList<Guid> Unequal { get; init; } = Changed;

    /// <param name="original">The original.</param>
    /// <param name="target">The target.</param>
    /// <param name="relations">The original's tables.</param>
    /// <param name="table">The one of them.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationDifference?> FindAsync(
        NpgsqlConnection original, NpgsqlConnection target, IReadOnlyList<OriginalTable> relations, OriginalTable table, CancellationToken cancellationToken)
    {
        var whole = await RelationShape.ReadAsync(original, target, table, cancellationToken);
        if (whole.Id is null)
            return null;
        var facts = await OriginalFacts.FindAsync(original, table, cancellationToken);
        var shape = facts.Comparable(whole);
        var rows = (await RelationState.ReadAsync(target, shape, expected: 0, cancellationToken)).ById;
        var gone = new List<Guid>();
        await foreach (var row in new RelationReader(original, target, shape).ReadAsync([], only: null, cancellationToken))
        {
            if (row.Id is not { } id)
                continue;
            ref var held = ref rows.Find(id);
            if (held.State == RowState.None)
            {
                // What could not be moved and has no counterpart in the target is none of its rows.
                gone.Add(id);
                continue;
            }

            // Of two rows with one id the original holds both, the target one.
            var isSame = held.Hash == RowHashTable.Part(row.Hash) || (held.Is(RowState.There) && !held.Is(RowState.Missing));
            held.State = RowState.Here | RowState.There | (isSame ? RowState.None : RowState.Missing);
        }

        return new(
            shape, relations.FirstOrDefault(r => r.TargetName == shape.Parent?.Relation), facts,
            [.. rows.All.Where(row => !row.Is(RowState.There)).Select(row => row.Id).Order()], [.. rows.In(RowState.Missing).Order()],
            gone.Count == 0 ? [] : await new MigrationLedger(target).AtCutoverAsync(shape.Name, gone, cancellationToken));
    }
}
