using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Usage.History;

/// <summary>Answers a history from the relations that its plan names.</summary>
internal sealed class HistoryReader(NpgsqlConnection connection, SampleSource source)
{
    // Each may cost a statement per level; late samples of many times are read together with what lies between them.
    private const int MaxStaleWindows = 8;

    // What a rollup has not materialized is read from the finer one by ourselves: planning and running its view takes twice as long as its
    // table. Beyond this many buckets the database had better add them up.
    private const int MaxUnmaterialized = 100;

    // By views; then the tables are read, whatever crosses the wire.
    private const int MostTries = 10;

    // Holds the readings before the first sample of nearly every instance. A search through all chunks takes longer than the rest of the history.
    private static readonly TimeSpan NearPast = TimeSpan.FromMinutes(15);

    public async Task<IReadOnlyList<UsageBucket>> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var (relations, isDense) = (await RelationsAsync(query, mayUseViews: true, cancellationToken), false);
        for (var tries = 1; tries <= MostTries + 1; tries++)
        {
            // Of a dense instance the finest buckets are a rollup's, which what is not rolled up is added up to by the database.
            var plan = HistoryPlan.Of(query.From, query.To, query.Points, relations, isDense ? Rollup.All[0].Bucket : default);
            if (plan.Segments.Count == 0)
                return [];
            if (await ReadAsync(query, plan, relations, isDense, cancellationToken) is not { } history)
            {
                isDense = true;
                continue;
            }
            // A view reads up to the watermark of its own moment, and a refresh in batches raises that to the newest one's end before the older ones are there.
            if (!plan.Segments.Any(segment => segment.Relation is { IsRaw: false, Materialized: null }))
                return history;
            var now = await RelationsAsync(query, mayUseViews: tries < MostTries, cancellationToken);
            if (now.Select(relation => relation.Watermark).SequenceEqual(relations.Select(relation => relation.Watermark)))
                return history;
            relations = now;
        }
        // Where tables may not be read. What may lack rows looks like any other answer.
        throw new DatabaseUnavailableException(
            $"The rollups were refreshed during each of {MostTries + 1} readings of the history; ask again.", DatabaseExecutor.RetryAfter);
    }

    /// <summary>Null: there are more samples than one answer looks at; not so where the database adds them up.</summary>
    private async Task<IReadOnlyList<UsageBucket>?> ReadAsync(
        HistoryQuery query, HistoryPlan plan, IReadOnlyList<UsageRelation> relations, bool isDense, CancellationToken cancellationToken)
    {
        var start = plan.Segments[0].From;
        var isBounded = source.HasRollups && !isDense;
        // One batch: one round trip, and the embedded database runs it without a stranger in between.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new(HistorySql.NearPast(source))
        {
            Parameters = { Of(query.InstanceId), Of(start.UtcDateTime), Of((start - NearPast).UtcDateTime) },
        });
        foreach (var segment in plan.Segments)
        {
            var isFolded = isDense && segment.Relation.IsRaw;
            var command = new NpgsqlBatchCommand(isFolded ? HistorySql.Folded(source) : HistorySql.Aggregates(source, segment.Relation, isBounded))
            {
                Parameters = { Of(query.InstanceId), Of(segment.From.UtcDateTime), Of(segment.To.UtcDateTime) },
            };
            if (isBounded && segment.Relation.IsRaw)
                command.Parameters.Add(Of(query.MaxSamples + 1L));
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (networkIn, networkOut) = (reader.Value<long>(0), reader.Value<long>(1));
        // Without what came before, a counter's first reading says nothing yet: the pieces wait for it.
        var isKnown = networkIn is not null && networkOut is not null;
        var (history, pieces, samples) = (new BucketAggregator(plan.Width, networkIn, networkOut), new List<PartialAggregate>(), 0);
        foreach (var segment in plan.Segments)
        {
            await reader.NextResultAsync(cancellationToken);
            var isSample = segment.Relation.IsRaw && !isDense;
            while (await reader.ReadAsync(cancellationToken))
            {
                if (isSample && ++samples > query.MaxSamples && isBounded)
                    return null;
                var piece = isSample ? PartialAggregateReader.Sample(reader) : PartialAggregateReader.Rollup(reader);
                if (isKnown)
                    history.Add(piece);
                else
                    pieces.Add(piece);
            }
        }
        await reader.DisposeAsync();
        if (isKnown)
            return history.Build();

        if ((networkIn is null && pieces.Exists(piece => piece.NetworkIn.First is not null))
            || (networkOut is null && pieces.Exists(piece => piece.NetworkOut.First is not null)))
        {
            var before = await connection.QueryAsync(
                HistorySql.Before(source, relations), static row => (row.Value<long>(0), row.Value<long>(1)), cancellationToken, query.InstanceId, start.UtcDateTime);
            (networkIn, networkOut) = (networkIn ?? before[0].Item1, networkOut ?? before[0].Item2);
        }
        history = new BucketAggregator(plan.Width, networkIn, networkOut);
        foreach (var piece in pieces)
            history.Add(piece);
        return history.Build();
    }

    private static NpgsqlParameter<T> Of<T>(T value) => new() { TypedValue = value };

    private async Task<IReadOnlyList<UsageRelation>> RelationsAsync(HistoryQuery query, bool mayUseViews, CancellationToken cancellationToken)
    {
        var raw = new UsageRelation(source.Table, TimeSpan.Zero);
        if (!source.HasRollups)
            return [raw];

        var rows = await connection.QueryAsync(
            HistorySql.Relations(source),
            static row => (Relation: row.GetString(0), Table: row.Text(1), From: row.Value<DateTimeOffset>(2), To: row.GetFieldValue<DateTimeOffset>(3)),
            cancellationToken, query.From.UtcDateTime, query.To.UtcDateTime);
        var (relations, stale) = (new List<UsageRelation>(), Array.Empty<TimeWindow>().AsEnumerable());
        foreach (var relation in Rollup.All.Select(rollup => new UsageRelation(rollup.Name, rollup.Bucket)).Prepend(raw))
        {
            var own = rows.Where(row => row.Relation == relation.Name).ToList();
            // What a rollup lacks, those stacked on it lack too.
            stale = stale.Concat(own.Where(row => row.From is not null).Select(row => new TimeWindow(row.From!.Value, row.To)));
            relations.Add(relation with
            {
                AvailableFrom = own.Where(row => row is { Table: null, From: null }).Select(row => (DateTimeOffset?)row.To).FirstOrDefault(),
                Materialized = own.Where(row => row.Table is { Length: > 0 } && !(mayUseViews && query.To - row.To > MaxUnmaterialized * relation.Resolution))
                    .Select(row => ((string, DateTimeOffset)?)(row.Table!, row.To)).FirstOrDefault(),
                Watermark = own.Where(row => row.Table is not null).Select(row => (DateTimeOffset?)row.To).FirstOrDefault(),
                Stale = relation.IsRaw ? [] : TimeWindow.Merge(stale.Select(window => window.Widen(relation.Resolution)), MaxStaleWindows),
            });
        }
        return relations;
    }
}
