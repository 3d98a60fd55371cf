using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Answers a history from the relations that its plan names.</summary>
internal sealed class HistoryReader(NpgsqlConnection connection, SampleSource source)
{
    public async Task<IReadOnlyList<UsageBucket>> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var relations = await RelationsAsync(cancellationToken);
        var plan = HistoryPlan.Of(query.From, query.To, query.Points, relations);
        if (plan.Segments.Count == 0)
            return [];

        // One batch: one round trip, and the embedded database runs it without a stranger in between.
        await using var batch = new NpgsqlBatch(connection);
        Add(
            $"SELECT {HistorySql.Before(source, Measure.NetworkIn, relations)}, {HistorySql.Before(source, Measure.NetworkOut, relations)}",
            plan.Segments[0].From);
        foreach (var segment in plan.Segments)
            Add(HistorySql.Aggregates(source, segment.Relation), segment.From, segment.To);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var history = new BucketAggregator(plan.Width, reader.Value<long>(0), reader.Value<long>(1));
        foreach (var segment in plan.Segments)
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                history.Add(segment.Relation.IsRaw ? PartialAggregateReader.Sample(reader) : PartialAggregateReader.Rollup(reader));
        }
        return history.Build();

        void Add(string sql, params DateTimeOffset[] times)
        {
            var command = new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = query.InstanceId } } };
            foreach (var time in times)
                command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.UtcDateTime });
            batch.BatchCommands.Add(command);
        }
    }

    private async Task<IReadOnlyList<UsageRelation>> RelationsAsync(CancellationToken cancellationToken)
    {
        var raw = new UsageRelation(source.Table, TimeSpan.Zero);
        if (!source.HasRollups)
            return [raw];

        var dropped = (await connection.QueryAsync(
            HistorySql.Dropped, static row => (row.GetString(0), row.GetFieldValue<DateTimeOffset>(1)), cancellationToken)).ToDictionary();
        return [.. Rollup.All.Select(rollup => new UsageRelation(rollup.Name, rollup.Bucket)).Prepend(raw)
            .Select(relation => dropped.TryGetValue(relation.Name, out var since) ? relation with { AvailableFrom = since } : relation)];
    }
}
