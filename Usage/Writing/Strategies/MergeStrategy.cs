using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// For rows that may be there already: one statement inserts what is new (or raises what is there, see
/// <see cref="ConflictMode.Merge"/>), writes the event over just that, and answers which rows it left alone.
/// </summary>
internal sealed class MergeStrategy : IWriteStrategy
{
    // greatest() leaves nulls out. A raised row counts as received again: what was computed up to a cutoff before has not seen it.
    private static readonly string Raise =
        $"""
        ON CONFLICT (instance_id, "timestamp") DO UPDATE SET
            {string.Join(", ", Measures.All.Select(m => $"{m.Column()} = greatest(r.{m.Column()}, excluded.{m.Column()})"))}, received_at = excluded.received_at
        WHERE {Measures.RaisesSql("excluded", "r", Measures.All)}
        """;

    public string Name => "merge";

    public Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken) =>
        MergeAsync(commit, commit.Set, withEvent: true, cancellationToken);

    /// <summary>Merges a set, with its event or without.</summary>
    /// <returns>Its positions that were left alone.</returns>
    internal static async Task<IReadOnlyCollection<int>> MergeAsync(CommitContext commit, CommitSet set, bool withEvent, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Statement(set.Merges, withEvent), commit.Connection);
        commit.Arrays.Bind(command.Parameters, set);
        if (withEvent)
            UsageIngestedEvent.BindWritten(command.Parameters, commit);
        return (await command.QueryAsync(static row => row.GetInt32(0), cancellationToken)).ToHashSet();
    }

    // ORDER BY: the index is entered in key order here too, which is what keeps two writers from deadlocking.
    private static string Statement(bool merge, bool withEvent) =>
        $"""
        WITH incoming AS MATERIALIZED (
            SELECT {SampleTable.Columns}, position::int - 1 AS position FROM {RowArrays.Rows}),
        written AS (
            INSERT INTO {SampleTable.Name} AS r ({SampleTable.Columns})
            SELECT {SampleTable.Columns} FROM incoming ORDER BY position
            {(merge ? Raise : "ON CONFLICT DO NOTHING")}
            RETURNING r.instance_id, r."timestamp"){(withEvent ? $", event AS ({UsageIngestedEvent.InsertFromWritten(RowArrays.Next)})" : "")}
        SELECT position FROM incoming i
        WHERE NOT EXISTS (SELECT FROM written w WHERE w.instance_id = i.instance_id AND w."timestamp" = i."timestamp")
        """;
}
