using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Usage.Writing;

/// <summary>
/// Into the original's table, after a rollback. It has no unique key, so a lock keeps writers of all replicas apart
/// while they look for what is there already; no outbox and no event either.
/// </summary>
internal sealed class LegacyTableStrategy(LegacySchema original) : IWriteStrategy
{
    // An arbitrary number that all replicas of all versions share.
    private const string Lock = "SELECT pg_advisory_xact_lock(7310412009)";

    public string Name => "original";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        var rows = new NpgsqlBatchCommand(Statement(commit.Set.Merges));
        commit.Arrays.Bind(rows.Parameters, commit.Set);
        await using var batch = new NpgsqlBatch(commit.Connection) { BatchCommands = { new NpgsqlBatchCommand(Lock), rows } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var untouched = new HashSet<int>();
        while (await reader.ReadAsync(cancellationToken))
            untouched.Add(reader.GetInt32(0));
        return untouched;
    }

    private string Statement(bool merge)
    {
        var columns = original.Insertable().ToList();
        var there = $"t.instance_id = i.instance_id AND t.\"timestamp\" = {original.Time}";
        return $"""
            WITH incoming AS MATERIALIZED (
                SELECT {CopyEncoder.Columns}, position::int - 1 AS position FROM {RowArrays.Unnest}),
            known AS MATERIALIZED (
                SELECT position FROM incoming i WHERE EXISTS (SELECT FROM {original.Table} t WHERE {there})),
            raised AS ({(merge ? Raise(there) : "SELECT NULL::int AS position WHERE false")}),
            written AS (
                INSERT INTO {original.Table} ({string.Join(", ", columns.Select(c => c.Column))})
                SELECT {string.Join(", ", columns.Select(c => c.Expression))}
                FROM incoming i WHERE position NOT IN (SELECT position FROM known))
            SELECT position FROM known WHERE position NOT IN (SELECT position FROM raised)
            """;
    }

    private string Raise(string there)
    {
        var measures = original.Fillable.ToList();
        return $"""
            UPDATE {original.Table} AS t SET {string.Join(", ", measures.Select(m => $"{m} = greatest(t.{m}, i.{m})"))}
            FROM incoming i WHERE {there} AND ({string.Join(" OR ", measures.Select(m => $"i.{m} > t.{m} OR (t.{m} IS NULL AND i.{m} IS NOT NULL)").DefaultIfEmpty("false"))})
            RETURNING i.position
            """;
    }
}
