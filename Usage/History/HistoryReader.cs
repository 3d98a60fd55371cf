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
    private const int MaxTries = 10;

    // Holds the readings before the first sample of nearly every instance. A search through all chunks takes longer than the rest of the history.
    private static readonly TimeSpan NearPast = TimeSpan.FromMinutes(15);

    // Samples of so long a time are counted first: what a dense instance has sent in it takes longer to read than the rollup takes to tell.
    private static readonly TimeSpan LongRaw = TimeSpan.FromHours(1);

    // What is seen of the rollups; as the last history saw it, until it is known to be still so.
    private IReadOnlyList<RollupRow> _seen = source.Rollups ?? [];
    private bool _isGuess = source.Rollups is not null;
    private bool _isDense;

    public async Task<IReadOnlyList<UsageBucket>> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        // A guess is right but for once a refresh: then all is one round trip.
        if (!_isGuess)
            await SeeAsync(query, cancellationToken);
        for (var tries = 1; tries <= MaxTries + 1; tries++)
        {
            if (await TryReadAsync(query, mayUseViews: tries <= MaxTries, cancellationToken) is { } history)
                return history;
        }
        // Where tables may not be read. What may lack rows looks like any other answer.
        throw new DatabaseUnavailableException(
            $"The rollups were refreshed during each of {MaxTries + 1} readings of the history; ask again.", DatabaseExecutor.RetryAfter);
    }

    /// <summary>Null: it must be planned anew, with what is known by now.</summary>
    private async Task<IReadOnlyList<UsageBucket>?> TryReadAsync(HistoryQuery query, bool mayUseViews, CancellationToken cancellationToken)
    {
        var relations = Relations(query, mayUseViews);
        var plan = Plan(query, relations);
        if (plan.Segments.Count == 0)
            return [];
        IReadOnlyList<UsageBucket>? history;
        try
        {
            if (await IsDenseAsync(query, plan, relations, cancellationToken))
                plan = Plan(query, relations);
            history = await ReadAsync(query, plan, mayUseViews, cancellationToken);
        }
        catch (PostgresException e) when (_isGuess && (PostgresErrors.IsOtherSchema(e) || e.SqlState == PostgresErrorCodes.InsufficientPrivilege))
        {
            // The rollups have been made again.
            _isGuess = false;
            await SeeAsync(query, cancellationToken);
            return null;
        }
        _isGuess = false;
        // A view reads up to the watermark of its own moment, and a refresh in batches raises that to the newest one's end before the older ones are there.
        if (history is null || !plan.Segments.Any(segment => segment.Relation is { IsRaw: false, Materialized: null }))
            return history;
        var before = Watermarks();
        await SeeAsync(query, cancellationToken);
        return Watermarks().SequenceEqual(before) ? history : null;

        List<(string, DateTimeOffset)> Watermarks() => [.. _seen.Where(row => row.Table is not null).Select(row => (row.Relation, row.To)).Order()];
    }

    private HistoryPlan Plan(HistoryQuery query, IReadOnlyList<UsageRelation> relations) =>
        HistoryPlan.Of(query.From, query.To, query.Points, relations, _isDense ? Rollup.All[0].Bucket : default);

    /// <summary>Null: the guess was wrong, or there are more samples than one answer looks at; not so where the database adds them up.</summary>
    private async Task<IReadOnlyList<UsageBucket>?> ReadAsync(
        HistoryQuery query, HistoryPlan plan, bool mayUseViews, CancellationToken cancellationToken)
    {
        var start = plan.Segments[0].From;
        var isBounded = source.HasRollups && !_isDense;
        // One batch: one round trip, and the embedded database runs it without a stranger in between.
        await using var batch = new NpgsqlBatch(connection);
        if (_isGuess)
            batch.BatchCommands.Add(new(HistorySql.Relations(source)) { Parameters = { Of(query.From.UtcDateTime), Of(query.To.UtcDateTime) } });
        batch.BatchCommands.Add(new(HistorySql.NearPast(source))
        {
            Parameters = { Of(query.InstanceId), Of(start.UtcDateTime), Of((start - NearPast).UtcDateTime) },
        });
        foreach (var segment in plan.Segments)
        {
            var isFolded = _isDense && segment.Relation.IsRaw;
            var command = new NpgsqlBatchCommand(isFolded ? HistorySql.Folded(source) : HistorySql.Aggregates(source, segment.Relation, isBounded))
            {
                Parameters = { Of(query.InstanceId), Of(segment.From.UtcDateTime), Of(segment.To.UtcDateTime) },
            };
            if (isBounded && segment.Relation.IsRaw)
                command.Parameters.Add(Of(query.MaxSamples + 1L));
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (_isGuess)
        {
            await SeeAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            if (!plan.ReadsAs(Plan(query, Relations(query, mayUseViews))))
                return null;
        }
        await reader.ReadAsync(cancellationToken);
        var (networkIn, networkOut) = (reader.Value<long>(0), reader.Value<long>(1));
        // Without what came before, a counter's first reading says nothing yet: the pieces wait for it.
        var isKnown = networkIn is not null && networkOut is not null;
        var (history, pieces, samples) = (new BucketAggregator(plan.Width, networkIn, networkOut), new List<PartialAggregate>(), 0);
        foreach (var segment in plan.Segments)
        {
            await reader.NextResultAsync(cancellationToken);
            var isSample = segment.Relation.IsRaw && !_isDense;
            while (await reader.ReadAsync(cancellationToken))
            {
                if (isSample && ++samples > query.MaxSamples && isBounded)
                {
                    _isDense = true;
                    return null;
                }
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
                HistorySql.Before(source, Relations(query, mayUseViews)), static row => (row.Value<long>(0), row.Value<long>(1)), cancellationToken, query.InstanceId, start.UtcDateTime);
            (networkIn, networkOut) = (networkIn ?? before[0].Item1, networkOut ?? before[0].Item2);
        }
        history = new BucketAggregator(plan.Width, networkIn, networkOut);
        foreach (var piece in pieces)
            history.Add(piece);
        return history.Build();
    }

    private async Task<bool> IsDenseAsync(HistoryQuery query, HistoryPlan plan, IReadOnlyList<UsageRelation> relations, CancellationToken cancellationToken)
    {
        if (_isDense || relations is not [_, { Materialized: not null } finest, ..]
            || plan.Segments is not [{ Relation.IsRaw: true, From: var from, To: var to }] || to - from <= LongRaw)
        {
            return false;
        }
        return _isDense = await connection.ScalarAsync<long>(
            HistorySql.SampleCount(finest), cancellationToken,
            query.InstanceId, TimeBucket.Ceiling(from, finest.Resolution).UtcDateTime, TimeBucket.Floor(to, finest.Resolution).UtcDateTime) > query.MaxSamples;
    }

    private static NpgsqlParameter<T> Of<T>(T value) => new() { TypedValue = value };

    private async Task SeeAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        if (!source.HasRollups)
            return;
        await using var command = new NpgsqlCommand(HistorySql.Relations(source), connection) { Parameters = { Of(query.From.UtcDateTime), Of(query.To.UtcDateTime) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await SeeAsync(reader, cancellationToken);
    }

    private async Task SeeAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<RollupRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new(reader.GetString(0), reader.Text(1), reader.Value<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3)));
        source.Rollups = _seen = rows;
    }

    private List<UsageRelation> Relations(HistoryQuery query, bool mayUseViews)
    {
        var raw = new UsageRelation(source.Table, TimeSpan.Zero);
        if (!source.HasRollups)
            return [raw];

        var (relations, stale, finer) = (new List<UsageRelation>(), new List<TimeWindow>(), DateTimeOffset.MaxValue);
        foreach (var relation in Rollup.All.Select(level => new UsageRelation(level.Name, level.Bucket)).Prepend(raw))
        {
            var own = _seen.Where(row => row.Relation == relation.Name).ToList();
            // What a rollup lacks, those stacked on it lack too. What comes above the watermark of the finer one TimescaleDB does not write down (since
            // 2.29), though the coarser one may have a bucket there, made of the samples that were there.
            stale.AddRange(own.Where(row => row.From is not null).Select(row => new TimeWindow(row.From!.Value, row.To)));
            if (own.Find(row => row.Table is not null) is { } rollup)
            {
                if (rollup.To > finer)
                    stale.Add(new(finer, rollup.To));
                finer = rollup.To;
            }
            relations.Add(relation with
            {
                AvailableFrom = own.Where(row => row is { Table: null, From: null }).Select(row => (DateTimeOffset?)row.To).FirstOrDefault(),
                Materialized = own.Where(row => row.Table is { Length: > 0 } && !(mayUseViews && query.To - row.To > MaxUnmaterialized * relation.Resolution))
                    .Select(row => ((string, DateTimeOffset)?)(row.Table!, row.To)).FirstOrDefault(),
                Stale = relation.IsRaw ? [] : TimeWindow.Merge(stale.Select(window => window.Widen(relation.Resolution)), MaxStaleWindows),
            });
        }
        return relations;
    }
}
