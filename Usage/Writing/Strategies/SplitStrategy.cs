using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Writing.Strategies;

/// <summary>
/// For many rows of which some are there already: finds those first (among all rows, or those suspected) and merges only them; the others
/// go by COPY. Fails with 23505 when one of the others is there too.
/// </summary>
internal sealed class SplitStrategy : IWriteStrategy
{
    // The bounds keep the search within the chunks that the set touches. LIMIT keeps it a search of the key for each row: of a chunk that
    // was never analyzed, as each new one is, the planner would rather sort all rows.
    private const string Known =
        $"""
        SELECT position::int - 1 FROM {RowArrays.Keys}
        CROSS JOIN LATERAL (SELECT FROM {SampleTable.Name} r WHERE r.instance_id = incoming.instance_id AND r."timestamp" = incoming."timestamp"
                            AND r."timestamp" BETWEEN $3 AND $4 LIMIT 1) known
        ORDER BY 1
        """;

    public string Name => "split";

    public async Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
    {
        var set = commit.Set;
        await using var transaction = await commit.Connection.BeginTransactionAsync(cancellationToken);
        var suspects = commit.Suspects ?? [.. Enumerable.Range(0, set.Count)];
        using var suspected = set.Only(suspects);
        var known = (await KnownAsync(commit, suspected, cancellationToken)).ConvertAll(position => suspects[position]);
        var untouched = known;
        if (set.Merges && known.Count > 0)
        {
            using var mergeable = set.Only(known);
            untouched = [.. (await MergeStrategy.MergeAsync(commit, mergeable, withEvent: false, cancellationToken)).Select(position => known[position])];
        }

        using var fresh = set.Except(known);
        if (fresh.Count > 0)
            await CopyStrategy.CopyAsync(commit, fresh, cancellationToken);
        if (untouched.Count < set.Count)
        {
            using var written = set.Except(untouched);
            await UsageIngestedEvent.CommitAsync(commit, written, cancellationToken);
        }
        return untouched;
    }

    private static async Task<List<int>> KnownAsync(CommitContext commit, CommitSet suspected, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Known, commit.Connection);
        commit.Arrays.BindKeys(command.Parameters, suspected);
        var (first, last) = suspected.Span();
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = first, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = last, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.QueryAsync(static row => row.GetInt32(0), cancellationToken);
    }
}
