using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// Into the original's table, after a rollback. It has no unique key, so a lock keeps writers of all replicas apart
/// while they look for what is there already; no outbox and no event either. A row with a value that cannot be (NaN, below zero) is
/// no sample: it hides none.
/// </summary>
internal sealed class LegacyTableStrategy(LegacySchema schema) : IWriteStrategy
{
    public string Name => "legacy";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        var rows = new NpgsqlBatchCommand(Statement(commit.Set.Merges));
        commit.Arrays.Bind(rows.Parameters, commit.Set);
        await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { new NpgsqlBatchCommand(AdvisoryLock.TakeForOriginal), rows } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var untouched = new HashSet<int>();
        while (await reader.ReadAsync(cancellationToken))
            untouched.Add(reader.GetInt32(0));
        return untouched;
    }

    private string Statement(bool merge)
    {
        var columns = schema.Insertable().ToList();
        var isValid = $"(SELECT {schema.InvalidValues} FROM (SELECT t.*) v) = 0";
        var there = $"t.instance_id = i.instance_id AND t.\"timestamp\" = {schema.Time}";
        return $"""
            WITH incoming AS MATERIALIZED (
                SELECT {SampleTable.Columns}, position::int - 1 AS position FROM {RowArrays.Rows}),
            known AS MATERIALIZED (
                SELECT position FROM incoming i WHERE EXISTS (SELECT FROM {schema.Table} t WHERE {there} AND {isValid})),
            raised AS ({(merge && schema.Fillable.Any() ? Raise($"{there} AND {isValid}") : "SELECT NULL::int AS position WHERE false")}),
            written AS (
                INSERT INTO {schema.Table} ({string.Join(", ", columns.Select(c => c.Column))})
                SELECT {string.Join(", ", columns.Select(c => c.Expression))}
                FROM incoming i WHERE position NOT IN (SELECT position FROM known))
            SELECT position FROM known WHERE position NOT IN (SELECT position FROM raised)
            """;
    }

    private string Raise(string there)
    {
        var measures = schema.Fillable;
        return $"""
            UPDATE {schema.Table} AS t SET {string.Join(", ", measures.Select(m => $"{m.Column()} = greatest(t.{m.Column()}, i.{m.Column()})"))}
            FROM incoming i WHERE {there} AND ({Measures.RaisesSql("i", "t", measures)})
            RETURNING i.position
            """;
    }
}
