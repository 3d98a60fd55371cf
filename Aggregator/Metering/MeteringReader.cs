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
    // OFFSET 0: sorted within the view, TimescaleDB 2.29 cannot plan it over a compressed chunk (XX000, invalid array position).
    private const string Samples =
        """
        SELECT * FROM (
            SELECT instance_id, "timestamp", cpu_usage, memory_usage, disk_usage, network_in, network_out
            FROM resource_usage_as_of($1) WHERE instance_id = ANY($2) AND "timestamp" >= $3 AND "timestamp" < $4 OFFSET 0) s
        ORDER BY instance_id, "timestamp"
        """;

    // Instances a statement. A day's samples of an instance lie all over its chunk, so each statement reads most of it: the more instances,
    // the fewer times (CPU for 96 instances 5 s, for 24 3 s). Where there is one session for everybody, a tenth of a second is enough.
    private const int Step = 250;
    private const int SharedStep = 24;

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
        var openings = await new DayOpenings(connection, day, cutoff, context).ReadAsync(instances, cancellationToken);
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

    /// <summary>Reads a time and five measures from a column on.</summary>
    internal static MeterSample Sample(NpgsqlDataReader reader, int column) => MeterSample.Of(
        (reader.GetDateTime(column).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        reader.Value<double>(column + 1), reader.Value<long>(column + 2), reader.Value<long>(column + 3), reader.Value<long>(column + 4),
        reader.Value<long>(column + 5));

    /// <summary>Parameters 1 to 4.</summary>
    internal static void Add(NpgsqlParameterCollection parameters, DateTime cutoff, Guid[] instances, DateTime from, DateTime to)
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
