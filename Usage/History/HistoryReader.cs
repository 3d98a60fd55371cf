using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Answers a history from the relations that its plan names.</summary>
internal sealed class HistoryReader(NpgsqlDataSource dataSource, ReadingSchema schema)
{
    private static readonly UsageRelation[] Rollups =
    [
        new("resource_usage_5m", TimeSpan.FromMinutes(5)),
        new("resource_usage_hourly", TimeSpan.FromHours(1)),
        new("resource_usage_daily", TimeSpan.FromDays(1)),
    ];

    public async Task<IReadOnlyList<UsageBucket>> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var relations = await RelationsAsync(connection, cancellationToken);
        var plan = HistoryPlan.Of(query.From, query.To, query.Points, relations);
        if (plan.Segments.Count == 0)
            return [];

        // One batch: one round trip, and the embedded database runs it without a stranger in between.
        await using var batch = new NpgsqlBatch(connection);
        Add(
            $"SELECT {HistorySql.Before(schema, "network_in", relations)}, {HistorySql.Before(schema, "network_out", relations)}",
            plan.Segments[0].From);
        foreach (var segment in plan.Segments)
            Add(HistorySql.Pieces(schema, segment.Relation), segment.From, segment.To);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var history = new BucketAggregator(plan.Width, PartialAggregateReader.Value<long>(reader, 0), PartialAggregateReader.Value<long>(reader, 1));
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

    private async Task<IReadOnlyList<UsageRelation>> RelationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var raw = new UsageRelation(schema.Table, TimeSpan.Zero);
        if (!schema.HasRollups)
            return [raw];

        var dropped = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(HistorySql.Dropped, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            dropped[reader.GetString(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        return [.. Rollups.Prepend(raw).Select(r => dropped.TryGetValue(r.Name, out var since) ? r with { AvailableFrom = since } : r)];
    }
}
