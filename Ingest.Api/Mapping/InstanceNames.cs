using LaunchStack.Auth;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Finds the instance that a client calls by a name: by <c>instances.name</c>, by its container's id.</summary>
internal sealed class InstanceNames(
    NpgsqlDataSource database, DatabaseExecutor executor, IHttpContextAccessor http, IOptions<MappingOptions> options, TimeProvider time)
    : IInstanceNames
{
    // Not every generation of the schema has deleted_at here, hence the detour through jsonb.
    private const string Lookup =
        """
        SELECT name, container_id, id FROM instances
        WHERE to_jsonb(instances) ->> 'deleted_at' IS NULL AND (name = ANY ($1) OR container_id = ANY ($1)) AND ($2 IS NULL OR user_id = $2)
          AND ($3 IS NULL OR id = $3)
        """;

    // instances.name of the original's generation 3.
    private const int LongestName = 100;

    private bool Registers => options.Value.RegisterInstances || KeyIdentity.Of(http.HttpContext) is { RegistersInstances: true };

    public async ValueTask<IReadOnlyDictionary<Guid, string>> ResolveAsync(
        SeriesOwner owner, IReadOnlyCollection<InstanceReference> references, CancellationToken cancellationToken)
    {
        var unregistered = new Dictionary<Guid, string>();
        var now = time.GetTimestamp();
        var due = references.Where(reference => reference.ValidUntil < now).ToList();
        if (due.Count == 0)
            return unregistered;

        var names = due.Select(reference => ContainerName.Of(reference.Name)).ToArray();
        var found = await executor.RunAsync(token => LookUpAsync(owner, [.. names.Where(MayBeName)], token), cancellationToken);
        var validUntil = now + (long)(options.Value.NameLifetime.TotalSeconds * time.TimestampFrequency);
        for (var i = 0; i < due.Count; i++)
        {
            if (found.TryGetValue(names[i], out var ids))
                due[i].Resolve(ids.Count == 1 ? ids.First() : null, ids.Count == 1 ? null : UnmappedReason.AmbiguousInstance, validUntil);
            else if (Registers && MayBeName(names[i]))
                Promise(due[i], names[i]);
            else
                due[i].Resolve(null, UnmappedReason.UnknownInstance, validUntil);
        }
        return unregistered;

        // The id follows from the name: replicas that register it at the same time register the same. Looked up again by the next
        // request, which finds it if this one was let register it.
        void Promise(InstanceReference reference, string name)
        {
            var id = NameBasedGuid.Create(owner.User ?? NameBasedGuid.Instances, name);
            unregistered[id] = name;
            reference.Resolve(id, null, validUntil: long.MinValue);
        }
    }

    // PostgreSQL's text cannot hold a zero byte.
    private static bool MayBeName(string name) => name.Length is > 0 and <= LongestName && !name.Contains('\0', StringComparison.Ordinal);

    private async Task<Dictionary<string, HashSet<Guid>>> LookUpAsync(
        SeriesOwner owner, string[] names, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Lookup);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)owner.User ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)owner.Instance ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });

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
