using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Storage.Writing;

/// <summary>
/// Which instances are registered. Known ones are remembered for a while; unknown ones are looked up every time,
/// so that a registration counts from its commit on, whichever replica took it.
/// </summary>
public sealed class InstanceDirectory(NpgsqlDataSource dataSource, TimeSpan rememberFor, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, long> _seen = new();

    /// <summary>Remembers a registration that was just made here.</summary>
    public void Remember(Guid instance) => _seen[instance] = time.GetTimestamp();

    /// <summary>Forgets an instance that was just deleted here.</summary>
    public void Forget(Guid instance) => _seen.TryRemove(instance, out _);

    /// <summary>The instances among <paramref name="samples"/> that are not registered, or null when all are.</summary>
    /// <exception cref="NpgsqlException">The database had to be asked and did not answer.</exception>
    public async Task<HashSet<Guid>?> FindUnknownAsync(SampleColumns samples, CancellationToken cancellationToken)
    {
        var unknown = NotSeen(samples.Instances);
        if (unknown is null)
            return null;

        // to_jsonb: generation 3 of the original has no deleted_at.
        await using var command = dataSource.CreateCommand(
            "SELECT id FROM instances WHERE id = ANY($1) AND (to_jsonb(instances) ->> 'deleted_at') IS NULL");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. unknown], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var instance = reader.GetGuid(0);
            Remember(instance);
            unknown.Remove(instance);
        }
        return unknown.Count == 0 ? null : unknown;
    }

    private HashSet<Guid>? NotSeen(ReadOnlySpan<Guid> instances)
    {
        HashSet<Guid>? missing = null;
        var last = default(Guid);
        var lastSeen = false;
        foreach (var instance in instances)
        {
            if (lastSeen && instance == last)
                continue;
            last = instance;
            lastSeen = _seen.TryGetValue(instance, out var at) && time.GetElapsedTime(at) < rememberFor;
            if (!lastSeen)
                (missing ??= []).Add(instance);
        }
        return missing;
    }
}
