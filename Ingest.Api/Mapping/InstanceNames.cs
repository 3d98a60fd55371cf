using LaunchStack.Ingest.Api.Instances;
using LaunchStack.Ingest.Api.Problems;
using LaunchStack.Storage.Writing;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Finds the instance that a client calls by a name: by <c>instances.name</c>, by its container's id; or registers it.</summary>
internal sealed class InstanceNames(
    NpgsqlDataSource database, DatabaseReach reach, InstanceStore instances, IOptions<MappingOptions> options, TimeProvider time)
    : IInstanceNames
{
    // Not every generation of the schema has deleted_at here, hence the detour through jsonb.
    private const string Lookup =
        """
        SELECT name, container_id, id FROM instances
        WHERE to_jsonb(instances) ->> 'deleted_at' IS NULL AND (name = ANY ($1) OR container_id = ANY ($1)) AND ($2 IS NULL OR user_id = $2)
        """;

    // instances.name of the original's generation 3.
    private const int LongestName = 100;

    public async ValueTask ResolveAsync(
        Guid owner, IReadOnlyCollection<InstanceReference> references, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var due = references.Where(reference => reference.ValidUntil < now).ToList();
        if (due.Count == 0)
            return;

        var names = due.Select(reference => ContainerName.Of(reference.Name)).ToArray();
        var found = await reach.RunAsync(token => LookUpAsync(owner, names, token), cancellationToken);
        var validUntil = now + (long)(options.Value.NameLifetime.TotalSeconds * time.TimestampFrequency);
        for (var i = 0; i < due.Count; i++)
        {
            if (found.TryGetValue(names[i], out var ids))
                due[i].Resolve(ids.Count == 1 ? ids.First() : null, ids.Count == 1 ? null : UnmappedReason.AmbiguousInstance, validUntil);
            else if (options.Value.RegisterInstances && await RegisterAsync(owner, names[i], cancellationToken) is { } id)
                due[i].Resolve(id, null, validUntil);
            else
                due[i].Resolve(null, UnmappedReason.UnknownInstance, validUntil);
        }
    }

    // An id that follows from the name: replicas that register it at the same time register the same.
    private async Task<Guid?> RegisterAsync(Guid owner, string name, CancellationToken cancellationToken)
    {
        if (name.Length > LongestName)
            return null;
        var id = NameBasedGuid.Create(owner == Guid.Empty ? NameBasedGuid.Instances : owner, name);
        try
        {
            await instances.PutAsync(id, name, owner == Guid.Empty ? null : owner, cancellationToken);
            return id;
        }
        catch (RequestException)
        {
            // The original's generation 3 takes no instance without a user.
            return null;
        }
    }

    private async Task<Dictionary<string, HashSet<Guid>>> LookUpAsync(
        Guid owner, string[] names, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Lookup);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = owner == Guid.Empty ? DBNull.Value : owner, NpgsqlDbType = NpgsqlDbType.Uuid,
        });

        var found = new Dictionary<string, HashSet<Guid>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            for (var column = 0; column < 2; column++)
            {
                if (await reader.IsDBNullAsync(column, cancellationToken))
                    continue;
                var name = reader.GetString(column);
                if (!found.TryGetValue(name, out var ids))
                    found[name] = ids = [];
                ids.Add(reader.GetGuid(2));
            }
        }

        return found;
    }
}
