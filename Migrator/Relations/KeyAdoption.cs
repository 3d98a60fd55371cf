using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>
/// What is unique is the original's to say: where it lets two rows share a value (a deleted and a live account of one e-mail, or no
/// unique index at all), the target does too.
/// </summary>
internal static class KeyAdoption
{
    /// <summary>Indexes of the target that go, each with those of the original that come in its place.</summary>
    public static IEnumerable<(RelationKey Dropped, IReadOnlyList<RelationKey> Taken)> Of(RelationShape shape)
    {
        if (shape.OriginalKeys is not { } original)
            yield break;
        foreach (var key in shape.UnsureKeys)
        {
            var names = key.Columns.Select(name => shape.Columns.First(c => c.Name == name).Source.Name);
            yield return (key, [.. original.Where(o => !o.IsPlain && !o.IsOwn && o.Columns.Intersect(names).Any()
                && shape.Keys.All(k => k.Definition != o.Definition))]);
        }
    }

    /// <summary>A line for each change, for people.</summary>
    public static IEnumerable<string> Describe(RelationShape shape)
    {
        var (changes, lost) = (Of(shape).ToList(), Lost(shape).ToList());
        return changes.Where(change => change.Taken.Count > 0 || !lost.Exists(key => key.Columns.Intersect(change.Dropped.Columns).Any())).Select(change =>
            $"{shape.Name} ({string.Join(", ", change.Dropped.Columns)}) is "
            + (change.Taken.Count == 0 ? "not unique in the original" : $"unique in the original by {string.Join(" and by ", change.Taken.Select(t => t.Definition))}")
            + ": so it will be in the target.")
            .Concat(lost.Select(key =>
                $"{shape.Name} is unique in the original by {key.Definition}, and will not be so in the target: no index of its own says that, and this one "
                + (key.IsOwn ? "needs what only the original has (a function, a type). Once that is in the target too" : "is not taken along. After the copy")
                + $": CREATE UNIQUE INDEX ON {shape.Name} USING {key.Definition}."));
    }

    /// <summary>What the original keeps unique and the target will not.</summary>
    private static IEnumerable<RelationKey> Lost(RelationShape shape)
    {
        var changes = Of(shape).ToList();
        var kept = shape.Keys.Except(changes.Select(c => c.Dropped)).Concat(changes.SelectMany(c => c.Taken)).ToList();
        return (shape.OriginalKeys ?? []).Where(o => !o.IsPrimary && !kept.Exists(k => k.Definition == o.Definition || (k.IsPlain && o.IsPlain
            && k.Columns.All(name => shape.Columns.Any(c => c.Name == name && o.Columns.Contains(c.Source.Name))))));
    }

    /// <summary>In the caller's transaction; the shape as it is then.</summary>
    public static async Task<RelationShape> ApplyAsync(
        RelationShape shape, NpgsqlConnection target, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var keys = shape.Keys.ToList();
        foreach (var (dropped, taken) in Of(shape).ToList())
        {
            await target.ExecuteAsync(
                dropped.IsConstraint ? $"ALTER TABLE {shape.Name} DROP CONSTRAINT {dropped.Index}" : $"DROP INDEX {dropped.Index}", cancellationToken);
            keys.Remove(dropped);
            foreach (var key in taken)
            {
                if (await TakeAsync(shape.Name, key, target, transaction, cancellationToken))
                    keys.Add(key);
            }
        }

        return shape with { Keys = keys };
    }

    /// <summary>False where the target cannot have the index: it calls a function of the original's, or spells a column otherwise.</summary>
    private static async Task<bool> TakeAsync(
        string table, RelationKey key, NpgsqlConnection target, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("key", cancellationToken);
        try
        {
            await target.ExecuteAsync($"CREATE UNIQUE INDEX ON {table} USING {key.Definition}", cancellationToken);
            await transaction.ReleaseAsync("key", cancellationToken);
            return true;
        }
        catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error))
        {
            await transaction.RollbackAsync("key", cancellationToken);
            return false;
        }
    }
}
