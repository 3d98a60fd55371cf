using System.Runtime.InteropServices;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Usage.Database;
using Npgsql;

namespace LaunchStack.Aggregator.Metering;

/// <summary>What instances bring into a day, as it stood at a cutoff: the sample that still holds, and the last reading of each counter.</summary>
internal sealed class DayOpenings(NpgsqlConnection connection, DateOnly day, DateTime cutoff, MeteringContext context)
{
    // The day before holds it almost always; what is older is asked for by itself, since every chunk would be opened for it.
    private static readonly TimeSpan RecentReadings = TimeSpan.FromDays(2);

    // A row before the calendar's begin cannot be read; no sample is that old.
    private static readonly DateTime Earliest = new(1, 1, 2);

    private readonly DateOnly _before = day.AddDays(-1);
    private readonly Dictionary<Guid, CounterReading> _received = [];
    private readonly Dictionary<Guid, CounterReading> _sent = [];
    private readonly Dictionary<Guid, MeterSample> _last = [];
    private readonly Dictionary<Guid, long> _first = [];

    /// <summary>One for each of the instances.</summary>
    public async Task<Dictionary<Guid, DayOpening>> ReadAsync(Guid[] instances, CancellationToken cancellationToken)
    {
        var rule = context.On(_before);
        await using (var batch = new NpgsqlBatch(connection) { Timeout = 0 })
        {
            batch.BatchCommands.Add(Each("cpu_usage, memory_usage, disk_usage, NULL::bigint, NULL::bigint", "true", "DESC"));
            MeteringReader.Add(batch.BatchCommands[0].Parameters, cutoff, instances, day.Start().AddMilliseconds(-rule.Bound), day.Start());
            batch.BatchCommands.Add(Each("NULL::float8, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint", "true", "ASC"));
            MeteringReader.Add(batch.BatchCommands[1].Parameters, cutoff, instances, day.Start(), day.Start().AddDays(1));
            AddReadings(batch, instances, instances, day.Start() - RecentReadings);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                _last[reader.GetGuid(0)] = MeteringReader.Sample(reader, 1);
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                _first[reader.GetGuid(0)] = MeteringReader.Sample(reader, 1).Milliseconds;
            await reader.NextResultAsync(cancellationToken);
            await ReadingsAsync(reader, cancellationToken);
        }

        var (noneIn, noneOut) = (Without(_received), Without(_sent));
        if (noneIn.Length + noneOut.Length > 0)
        {
            await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
            AddReadings(batch, noneIn, noneOut, null);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await ReadingsAsync(reader, cancellationToken);
        }

        // How long the last sample holds depends on all samples of its day, which are asked for only where it makes a difference: no
        // rule is below the shortest gap.
        var shortest = rule.FixedMilliseconds ?? GapRule.MinMilliseconds;
        var open = _last.Where(l => (Next(l.Key) ?? day.StartMilliseconds() + UtcDay.Milliseconds) > l.Value.Milliseconds + shortest).Select(l => l.Key).ToArray();
        var gaps = new Dictionary<Guid, long>();
        if (open.Length > 0 && rule.FixedMilliseconds is null)
        {
            await foreach (var (instance, samples) in MeteringReader.SamplesAsync(connection, _before, open, cutoff, cancellationToken))
                gaps[instance] = rule.For(CollectionsMarshal.AsSpan(samples));
        }

        var stored = context.DroppedBefore is null ? [] : await StoredAsync(instances, cancellationToken);
        return instances.ToDictionary(
            instance => instance,
            instance => Opening(instance, gaps.GetValueOrDefault(instance, shortest), stored.TryGetValue(instance, out var kept) ? kept : null));

        Guid[] Without(Dictionary<Guid, CounterReading> found) => Array.FindAll(instances, instance => !found.ContainsKey(instance));
    }

    private long? Next(Guid instance) => _first.TryGetValue(instance, out var time) ? time : null;

    private DayOpening Opening(Guid instance, long gap, DayOpening? kept)
    {
        var opening = new DayOpening(null, 0, Reading(_received, kept?.NetworkIn), Reading(_sent, kept?.NetworkOut));
        if (!context.Holds(_before) && kept is { } line)
            return Carry(line.Carried, Math.Min(line.CarriedMs, Next(instance) - day.StartMilliseconds() ?? long.MaxValue));
        return _last.TryGetValue(instance, out var sample) ? Carry(sample, DayMeter.CarriedMs(day, sample.Milliseconds, gap, Next(instance))) : opening;

        DayOpening Carry(MeterSample? carried, long milliseconds) =>
            milliseconds > 0 ? opening with { Carried = carried, CarriedMs = milliseconds } : opening;

        CounterReading? Reading(Dictionary<Guid, CounterReading> found, CounterReading? stored) =>
            found.TryGetValue(instance, out var reading) ? reading : stored is { } gone && IsDropped(gone.Time) ? gone : null;
    }

    private bool IsDropped(long time) => DateTime.UnixEpoch.AddMicroseconds(time) < context.DroppedBefore?.UtcDateTime;

    private static NpgsqlBatchCommand Each(string columns, string condition, string order) => new(
        $"""
        SELECT i.id, s.* FROM unnest($2) AS i(id) CROSS JOIN LATERAL (
            SELECT "timestamp", {columns} FROM resource_usage_as_of($1)
            WHERE instance_id = i.id AND "timestamp" >= $3 AND "timestamp" < $4 AND {condition} ORDER BY "timestamp" {order} LIMIT 1) s
        """);

    private void AddReadings(NpgsqlBatch batch, Guid[] withIn, Guid[] withOut, DateTime? since)
    {
        // Revisions are dropped in larger pieces than samples: what is left of them below is not the whole.
        var earliest = context.DroppedBefore?.UtcDateTime ?? Earliest;
        foreach (var (column, wanted) in new[] { ("network_in", withIn), ("network_out", withOut) })
        {
            var command = Each($"NULL::float8, NULL::bigint, NULL::bigint, {column}, NULL::bigint", $"{column} >= 0", "DESC");
            MeteringReader.Add(command.Parameters, cutoff, wanted, since > earliest ? since.Value : earliest, day.Start());
            batch.BatchCommands.Add(command);
        }
    }

    private async Task ReadingsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        foreach (var found in new[] { _received, _sent })
        {
            while (await reader.ReadAsync(cancellationToken))
                found[reader.GetGuid(0)] = new(MeteringReader.Sample(reader, 1).Time, reader.GetInt64(5));
            await reader.NextResultAsync(cancellationToken);
        }
    }

    private async Task<Dictionary<Guid, DayOpening>> StoredAsync(Guid[] instances, CancellationToken cancellationToken) => (await connection.QueryAsync(
        "SELECT DISTINCT ON (instance_id) instance_id, opening FROM usage_days WHERE instance_id = ANY($1) AND day = $2 ORDER BY instance_id, revision DESC",
        row => (row.GetGuid(0), DayOpening.Parse(row.GetString(1))), cancellationToken, instances, day)).ToDictionary();
}
