using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Usage.Instances;

/// <summary>
/// Which instances are registered. Known ones are remembered for a while; unknown ones are looked up every time,
/// so that a registration counts from its commit on, whichever replica took it. The look-up also notes when an instance was
/// heard of and what its clock said: once a minute an instance, whatever it sends.
/// </summary>
public sealed class InstanceDirectory(NpgsqlDataSource dataSource, TimeSpan rememberFor, TimeProvider time)
{
    // to_jsonb: generation 3 of the original has no deleted_at.
    private const string Registered =
        "SELECT id FROM instances WHERE id = ANY($1) AND (to_jsonb(instances) ->> 'deleted_at') IS NULL";

    // A newest sample from longer ago was kept by its agent while nobody listened; it tells nothing about the clock.
    // Locked rows are skipped: another replica is noting the same, and two that wait for each other would deadlock.
    private const string RegisteredAndHeard =
        $"""
        WITH due AS (
            SELECT id FROM instances
            WHERE id = ANY($1) AND (last_seen_at IS NULL OR last_seen_at < $3 - interval '50 seconds')
            FOR NO KEY UPDATE SKIP LOCKED),
        heard AS (
            UPDATE instances i SET
                first_seen_at = coalesce(i.first_seen_at, $3),
                last_seen_at = $3,
                clock_skew = CASE WHEN h.newest > $3 - interval '5 minutes' THEN h.newest - $3 ELSE i.clock_skew END
            FROM unnest($1, $2) AS h (id, newest), due WHERE i.id = h.id AND i.id = due.id)
        {Registered}
        """;

    private readonly ConcurrentDictionary<Guid, long> _seen = new();
    private volatile bool _notesHeard = true;

    /// <summary>Remembers a registration that was just made here.</summary>
    public void Remember(Guid instance) => _seen[instance] = time.GetTimestamp();

    /// <summary>Forgets an instance that was just deleted here.</summary>
    public void Forget(Guid instance) => _seen.TryRemove(instance, out _);

    /// <summary>The instances among <paramref name="samples"/> that are not registered, or null when all are.</summary>
    /// <exception cref="NpgsqlException">The database had to be asked and did not answer.</exception>
    public async Task<HashSet<Guid>?> FindUnknownAsync(SampleColumns samples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (NotSeen(samples.Instances, samples.Times) is not { } newest)
            return null;

        HashSet<Guid> unknown = [.. newest.Keys];
        foreach (var instance in await LookUpAsync(newest, cancellationToken))
        {
            Remember(instance);
            unknown.Remove(instance);
        }
        return unknown.Count == 0 ? null : unknown;
    }

    private async Task<List<Guid>> LookUpAsync(Dictionary<Guid, long> newest, CancellationToken cancellationToken)
    {
        try
        {
            return await LookUpAsync(newest, _notesHeard, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn && _notesHeard)
        {
            // The original has no such columns.
            _notesHeard = false;
            return await LookUpAsync(newest, false, cancellationToken);
        }
    }

    private async Task<List<Guid>> LookUpAsync(Dictionary<Guid, long> newest, bool note, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(note ? RegisteredAndHeard : Registered);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. newest.Keys], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        if (note)
        {
            command.Parameters.Add(new NpgsqlParameter<DateTime[]>
            {
                TypedValue = [.. newest.Values.Select(PostgresTime.ToDateTime)],
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time.GetUtcNow().UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        }
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader.GetGuid(0));
        return found;
    }

    // Those to look up, each with its newest sample.
    private Dictionary<Guid, long>? NotSeen(ReadOnlySpan<Guid> instances, ReadOnlySpan<long> times)
    {
        Dictionary<Guid, long>? missing = null;
        var last = default(Guid);
        var lastSeen = false;
        var now = time.GetTimestamp();
        for (var row = 0; row < instances.Length; row++)
        {
            var instance = instances[row];
            if (row == 0 || instance != last)
            {
                last = instance;
                lastSeen = _seen.TryGetValue(instance, out var at) && time.GetElapsedTime(at, now) < rememberFor;
            }
            if (lastSeen)
                continue;
            ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(missing ??= [], instance, out var known);
            newest = known ? Math.Max(newest, times[row]) : times[row];
        }
        return missing;
    }
}
