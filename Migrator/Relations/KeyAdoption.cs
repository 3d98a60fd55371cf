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
            yield return (key, [.. original.Where(o => !o.IsPlain && o.Columns.Intersect(names).Any()
                && shape.Keys.All(k => k.Definition != o.Definition))]);
        }
    }

    /// <summary>A line for each change, for people.</summary>
    public static IEnumerable<string> Describe(RelationShape shape) => Of(shape).Select(change =>
        $"{shape.Name} ({string.Join(", ", change.Dropped.Columns)}) is "
        + (change.Taken.Count == 0 ? "not unique in the original" : $"unique in the original by {string.Join(" and by ", change.Taken.Select(t => t.Definition))}")
        + ": so it will be in the target.");

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
