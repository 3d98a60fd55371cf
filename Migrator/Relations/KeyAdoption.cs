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
            .Concat(lost.Select(key => key.Temporal is { } temporal
                ? $"{shape.Name} is unique in the original by {temporal}, and will not be so in the target. After the copy, on PostgreSQL 18 or later: "
                    + $"CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE {shape.Name} ADD {temporal}."
                : key.Folded.Length > 0
                    ? $"{shape.Name} is unique in the original by {key.Definition}, where different texts of {string.Join(", ", key.Folded)} are the same (case, accents), and will "
                        + "not be so in the target. After the copy, for one that does not tell case apart: "
                        + $"CREATE UNIQUE INDEX ON {shape.Name} ({string.Join(", ", key.Columns.Select(c => key.Folded.Contains(c) ? $"lower({c})" : c))})."
                    : $"{shape.Name} is unique in the original by {key.Definition}, and will not be so in the target: no index of its own says that, and this one "
                        + (key.IsOwn ? "needs what the target has not (a function, a type, a collation). Once it has" : "is not taken along. After the copy")
                        + $": CREATE UNIQUE INDEX ON {shape.Name} USING {key.Definition}."));
    }

    /// <summary>What the original keeps unique and the target will not.</summary>
    private static IEnumerable<RelationKey> Lost(RelationShape shape)
    {
        var changes = Of(shape).ToList();
        var kept = shape.Keys.Except(changes.Select(c => c.Dropped)).Concat(changes.SelectMany(c => c.Taken)).ToList();
        return (shape.OriginalKeys ?? []).Where(o => !o.IsPrimary && !kept.Exists(k => o.Folded.Length == 0 && (k.Definition == o.Definition || (k.IsPlain && o.IsPlain && o.NullsDiffer
            && k.Columns.All(name => shape.Columns.Any(c => c.Name == name && o.Columns.Contains(c.Source.Name)))))));
    }

    /// <summary>In the caller's transaction; the shape as it is then.</summary>
    /// <param name="shape">Of the relation.</param>
    /// <param name="target">Where.</param>
    /// <param name="transaction">The caller's.</param>
    /// <param name="progress">Told of what the target cannot have.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<RelationShape> ApplyAsync(
        RelationShape shape, NpgsqlConnection target, NpgsqlTransaction transaction, Action<string> progress, CancellationToken cancellationToken)
    {
        var keys = shape.Keys.ToList();
        foreach (var (dropped, taken) in Of(shape).ToList())
        {
            await target.ExecuteAsync(
                dropped.IsConstraint ? $"ALTER TABLE {shape.Name} DROP CONSTRAINT {dropped.Index}" : $"DROP INDEX {dropped.Index}", cancellationToken);
            keys.Remove(dropped);
            foreach (var key in taken)
            {
                if (await RefusalAsync(shape.Name, key, target, transaction, cancellationToken) is not { } refusal)
                    keys.Add(key);
                else
                    progress($"{shape.Name} is unique in the original by {key.Definition}, and is not so in the target, which cannot have that index ({refusal.MessageText})");
            }
        }

        return shape with { Keys = keys };
    }

    /// <summary>Why the target cannot have the index: it calls a function that is not there, or spells a column otherwise; null once it has it.</summary>
    private static async Task<PostgresException?> RefusalAsync(
        string table, RelationKey key, NpgsqlConnection target, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("key", cancellationToken);
        try
        {
            await target.ExecuteAsync($"CREATE UNIQUE INDEX ON {table} USING {key.Definition}", cancellationToken);
            await transaction.ReleaseAsync("key", cancellationToken);
            return null;
        }
        catch (PostgresException error) when (!PostgresErrors.IsLostDatabase(error))
        {
            await transaction.RollbackAsync("key", cancellationToken);
            return error;
        }
    }
}
