using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Relations;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What one of the original's tables lacks of the target's, holds otherwise, or holds although the target has deleted it.</summary>
/// <param name="Shape">Its columns as far as they can be written.</param>
/// <param name="Parent">The original's table that <see cref="RelationShape.Parent"/> names; null without one.</param>
/// <param name="Facts">What the original asks of a row.</param>
/// <param name="New">Ids of rows that it lacks.</param>
/// <param name="Changed">Ids of rows that it holds otherwise.</param>
/// <param name="Deleted">Ids of rows that were there at the cutover, or brought back since, and have gone from the target.</param>
internal sealed record RelationDifference(
    RelationShape Shape, OriginalTable? Parent, OriginalFacts Facts, IReadOnlyList<Guid> New, IReadOnlyList<Guid> Changed, IReadOnlyList<Guid> Deleted)
{
    /// <param name="original">The original.</param>
    /// <param name="target">The target.</param>
    /// <param name="relations">The original's tables.</param>
    /// <param name="table">The one of them.</param>
    /// <param name="atCutover">Ids that both sides had at the cutover, or since a way back.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationDifference?> FindAsync(
        NpgsqlConnection original, NpgsqlConnection target, IReadOnlyList<OriginalTable> relations, OriginalTable table, IReadOnlySet<Guid> atCutover,
        CancellationToken cancellationToken)
    {
        var whole = await RelationShape.ReadAsync(original, target, table, cancellationToken);
        if (whole.Id is null)
            return null;
        var facts = await OriginalFacts.FindAsync(original, table, cancellationToken);
        var shape = facts.Writable(whole);
        var there = new Dictionary<Guid, HashSet<Guid>>();
        await foreach (var row in new RelationReader(original, target, shape).ReadAsync(whole: false, only: null, cancellationToken))
        {
            // Of two rows with one id the original holds both, the target one.
            if (row.Id is { } id && !there.TryAdd(id, [row.Hash]))
                there[id].Add(row.Hash);
        }

        // What could not be moved and has no counterpart in the target is none of its rows.
        var here = (await RelationState.ReadAsync(target, shape, cancellationToken)).ById;
        return new(
            shape, relations.FirstOrDefault(r => r.TargetName == shape.Parent?.Relation), facts, [.. here.Keys.Where(id => !there.ContainsKey(id)).Order()],
            [.. here.Where(row => there.TryGetValue(row.Key, out var hashes) && !hashes.Contains(row.Value)).Select(row => row.Key).Order()],
            [.. there.Keys.Where(id => !here.ContainsKey(id) && atCutover.Contains(id)).Order()]);
    }
}
