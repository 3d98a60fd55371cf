using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Usage.Database;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Computes day lines from the samples as they stood at a cutoff.</summary>
internal sealed class MeteringReader(NpgsqlDataSource dataSource)
{
    private const string Samples =
        """
        SELECT instance_id, "timestamp", cpu_usage, memory_usage, disk_usage, network_in, network_out
        FROM resource_usage_as_of($1) WHERE instance_id = ANY($2) AND "timestamp" >= $3 AND "timestamp" < $4
        ORDER BY instance_id, "timestamp"
        """;

    // The day before holds it almost always; what is older is asked for by itself, since every chunk would be opened for it.
    private static readonly TimeSpan RecentReadings = TimeSpan.FromDays(2);

    // Instances a statement. A day's samples of an instance lie all over its chunk, so each statement reads most of it: the more instances,
    // the fewer times (CPU for 96 instances 5 s, for 24 3 s). Where there is one session for everybody, a tenth of a second is enough.
    private const int Step = 250;
    private const int SharedStep = 24;

    // A row before the calendar's begin cannot be read; no sample is that old.
    private static readonly DateTime Earliest = new(1, 1, 2);

    /// <summary>Rules, and how far samples have been dropped.</summary>
    public async Task<MeteringContext> ContextAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rules = await connection.QueryAsync(
            "SELECT greatest(valid_from, '0001-01-01'), max_gap_ms FROM metering_gap_rules ORDER BY valid_from",
            row => (row.GetFieldValue<DateOnly>(0), new GapRule(row.Value<long>(1))), cancellationToken);
        var database = await UsageDatabase.DetectAsync(connection, cancellationToken);
        var dropped = await connection.QueryAsync(
            "SELECT dropped_before FROM retention_progress WHERE relation = 'resource_usage'", row => row.Value<DateTimeOffset>(0), cancellationToken);
        return new(rules, database.HasBackgroundWorkers ? Step : SharedStep, dropped.FirstOrDefault());
    }

    /// <summary>Instances that may have a line on the day: with a sample on it, or one before it that may hold into it, in whatever version.</summary>
    public async Task<IReadOnlyList<Guid>> InstancesAsync(DateOnly day, MeteringContext context, CancellationToken cancellationToken)
    {
        // Plain tables, so that TimescaleDB skips from instance to instance in the index instead of reading every row.
        await using var command = dataSource.CreateCommand(
            """
            SELECT DISTINCT instance_id FROM resource_usage WHERE "timestamp" >= $1 AND "timestamp" < $2
            UNION
            SELECT DISTINCT instance_id FROM resource_usage_revisions WHERE "timestamp" >= $1 AND "timestamp" < $2 ORDER BY instance_id
            """);
        command.CommandTimeout = 0;
        Add(command.Parameters, day.Start().AddMilliseconds(-context.On(day.AddDays(-1)).Bound), day.Start().AddDays(1));
        return await command.QueryAsync(row => row.GetGuid(0), cancellationToken);
    }

    /// <summary>The lines of some instances on a day; one for each, also where there is nothing.</summary>
    /// <param name="day">A day whose samples are all there (<see cref="MeteringContext.Holds"/>).</param>
    /// <param name="instances">The instances.</param>
    /// <param name="cutoff">Samples received by then.</param>
    /// <param name="context">Rules and retention.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<IReadOnlyList<MeteredDay>> ComputeAsync(
        DateOnly day, Guid[] instances, DateTime cutoff, MeteringContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var openings = await OpeningsAsync(connection, day, instances, cutoff, context, cancellationToken);
        var lines = new Dictionary<Guid, MeteredDay>(instances.Length);
        await foreach (var (instance, samples) in SamplesAsync(connection, day, instances, cutoff, cancellationToken))
            lines[instance] = DayMeter.Compute(instance, day, CollectionsMarshal.AsSpan(samples), openings[instance], context.On(day));
        return Array.ConvertAll(instances, i => lines.GetValueOrDefault(i) ?? DayMeter.Compute(i, day, [], openings[i], context.On(day)));
    }

    /// <summary>The samples of each instance on a day, in order of time. The list is filled anew for the next instance.</summary>
    public static async IAsyncEnumerable<(Guid Instance, List<MeterSample> Samples)> SamplesAsync(
        NpgsqlConnection connection, DateOnly day, Guid[] instances, DateTime cutoff, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Samples, connection) { CommandTimeout = 0 };
        Add(command.Parameters, cutoff, instances, day.Start(), day.Start().AddDays(1));
        var (current, samples) = (Guid.Empty, new List<MeterSample>());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var instance = reader.GetGuid(0);
            if (instance != current && samples.Count > 0)
            {
                yield return (current, samples);
                samples.Clear();
            }
            current = instance;
            samples.Add(Sample(reader, 1));
        }
        if (samples.Count > 0)
            yield return (current, samples);
    }

    private static async Task<Dictionary<Guid, DayOpening>> OpeningsAsync(
        NpgsqlConnection connection, DateOnly day, Guid[] instances, DateTime cutoff, MeteringContext context, CancellationToken cancellationToken)
    {
        var (start, before, rule) = (day.StartMilliseconds(), day.AddDays(-1), context.On(day.AddDays(-1)));
        // Revisions are dropped in larger pieces than samples: what is left of them below is not the whole.
        var earliest = context.DroppedBefore?.UtcDateTime ?? Earliest;
        var (received, sent) = (new Dictionary<Guid, CounterReading>(), new Dictionary<Guid, CounterReading>());
        var (last, first) = (new Dictionary<Guid, MeterSample>(), new Dictionary<Guid, long>());

        await using (var batch = new NpgsqlBatch(connection) { Timeout = 0 })
        {
            batch.BatchCommands.Add(Each("cpu_usage, memory_usage, disk_usage, NULL::bigint, NULL::bigint", "true", "DESC"));
            Add(batch.BatchCommands[0].Parameters, cutoff, instances, day.Start().AddMilliseconds(-rule.Bound), day.Start());
            batch.BatchCommands.Add(Each("NULL::float8, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint", "true", "ASC"));
            Add(batch.BatchCommands[1].Parameters, cutoff, instances, day.Start(), day.Start().AddDays(1));
            AddReadings(batch, instances, instances, day.Start() - RecentReadings);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                last[reader.GetGuid(0)] = Sample(reader, 1);
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                first[reader.GetGuid(0)] = Sample(reader, 1).Milliseconds;
            await ReadingsAsync(reader);
        }

        var (noneIn, noneOut) = (Without(received), Without(sent));
        if (noneIn.Length + noneOut.Length > 0)
        {
            await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
            AddReadings(batch, noneIn, noneOut, null);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await ReadingsAsync(reader, isFirst: true);
        }

        // How long the last sample holds depends on all samples of its day, which are asked for only where it makes a difference: no
        // rule is below the shortest gap.
        var shortest = rule.FixedMilliseconds ?? GapRule.ShortestMilliseconds;
        var open = last.Where(l => (first.TryGetValue(l.Key, out var next) ? next : start + UtcDay.Milliseconds) > l.Value.Milliseconds + shortest)
            .Select(l => l.Key).ToArray();
        var gaps = new Dictionary<Guid, long>();
        if (open.Length > 0 && rule.FixedMilliseconds is null)
        {
            await foreach (var (instance, samples) in SamplesAsync(connection, before, open, cutoff, cancellationToken))
                gaps[instance] = rule.For(CollectionsMarshal.AsSpan(samples));
        }

        var stored = context.DroppedBefore is null ? [] : await StoredOpeningsAsync(connection, day, instances, cancellationToken);
        return instances.ToDictionary(instance => instance, Opening);

        DayOpening Opening(Guid instance)
        {
            var kept = stored.GetValueOrDefault(instance);
            var opening = new DayOpening(null, 0, Reading(received, instance, kept.NetworkIn), Reading(sent, instance, kept.NetworkOut));
            var next = first.TryGetValue(instance, out var time) ? time : (long?)null;
            if (!context.Holds(before) && stored.ContainsKey(instance))
                return Carry(kept.Carried, Math.Min(kept.CarriedMs, next - start ?? long.MaxValue));
            return last.TryGetValue(instance, out var sample)
                ? Carry(sample, DayMeter.CarriedMs(day, sample.Milliseconds, gaps.GetValueOrDefault(instance, shortest), next))
                : opening;

            DayOpening Carry(MeterSample? carried, long milliseconds) =>
                milliseconds > 0 ? opening with { Carried = carried, CarriedMs = milliseconds } : opening;
        }

        CounterReading? Reading(Dictionary<Guid, CounterReading> found, Guid instance, CounterReading? kept) =>
            found.TryGetValue(instance, out var reading) ? reading : kept is { } gone && IsDropped(gone.Time) ? gone : null;

        bool IsDropped(long time) => DateTime.UnixEpoch.AddMicroseconds(time) < context.DroppedBefore?.UtcDateTime;

        Guid[] Without(Dictionary<Guid, CounterReading> found) => Array.FindAll(instances, instance => !found.ContainsKey(instance));

        NpgsqlBatchCommand Each(string columns, string condition, string order) => new(
            $"""
            SELECT i.id, s.* FROM unnest($2) AS i(id) CROSS JOIN LATERAL (
                SELECT "timestamp", {columns} FROM resource_usage_as_of($1)
                WHERE instance_id = i.id AND "timestamp" >= $3 AND "timestamp" < $4 AND {condition} ORDER BY "timestamp" {order} LIMIT 1) s
            """);

        void AddReadings(NpgsqlBatch batch, Guid[] withIn, Guid[] withOut, DateTime? since)
        {
            foreach (var (column, wanted) in new[] { ("network_in", withIn), ("network_out", withOut) })
            {
                var command = Each($"NULL::float8, NULL::bigint, NULL::bigint, {column}, NULL::bigint", $"{column} >= 0", "DESC");
                Add(command.Parameters, cutoff, wanted, since > earliest ? since.Value : earliest, day.Start());
                batch.BatchCommands.Add(command);
            }
        }

        async Task ReadingsAsync(NpgsqlDataReader reader, bool isFirst = false)
        {
            foreach (var found in new[] { received, sent })
            {
                if (!isFirst)
                    await reader.NextResultAsync(cancellationToken);
                isFirst = false;
                while (await reader.ReadAsync(cancellationToken))
                    found[reader.GetGuid(0)] = new(Sample(reader, 1).Time, reader.GetInt64(5));
            }
        }
    }

    private static async Task<Dictionary<Guid, DayOpening>> StoredOpeningsAsync(
        NpgsqlConnection connection, DateOnly day, Guid[] instances, CancellationToken cancellationToken) => (await connection.QueryAsync(
        "SELECT DISTINCT ON (instance_id) instance_id, opening FROM usage_days WHERE instance_id = ANY($1) AND day = $2 ORDER BY instance_id, revision DESC",
        row => (row.GetGuid(0), DayOpening.Parse(row.GetString(1))), cancellationToken, instances, day)).ToDictionary();

    private static MeterSample Sample(NpgsqlDataReader reader, int column) => MeterSample.Of(
        (reader.GetDateTime(column).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        reader.Value<double>(column + 1), reader.Value<long>(column + 2), reader.Value<long>(column + 3), reader.Value<long>(column + 4),
        reader.Value<long>(column + 5));

    private static void Add(NpgsqlParameterCollection parameters, DateTime cutoff, Guid[] instances, DateTime from, DateTime to)
    {
        Add(parameters, cutoff, from, to);
        parameters.Insert(1, new NpgsqlParameter<Guid[]> { TypedValue = instances });
    }

    private static void Add(NpgsqlParameterCollection parameters, params ReadOnlySpan<DateTime> times)
    {
        foreach (var time in times)
            parameters.Add(new() { Value = DateTime.SpecifyKind(time, DateTimeKind.Utc), NpgsqlDbType = NpgsqlDbType.TimestampTz });
    }
}
