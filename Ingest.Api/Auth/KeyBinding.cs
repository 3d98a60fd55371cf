using System.Collections.Concurrent;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Samples;
using Npgsql;
using NpgsqlTypes;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>A key writes only its own instances. Owners are remembered for a moment.</summary>
public sealed class KeyBinding(NpgsqlDataSource dataSource, DatabaseExecutor executor, TimeProvider time)
{
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, (Guid? Owner, long At)> _owners = new();

    /// <summary>Checks every sample of a batch.</summary>
    /// <param name="key">The request's key; null for the admin key.</param>
    /// <param name="samples">The batch.</param>
    /// <param name="wantUnknown">Whether the answer is needed.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>Instances that nobody has registered.</returns>
    /// <exception cref="RequestException">403, naming the first sample of another's instance.</exception>
    public async Task<List<Guid>> CheckAsync(ApiKey? key, SampleColumns samples, bool wantUnknown, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (key?.InstanceId is { } own)
            Refuse(samples, instance => instance != own);
        if (key?.UserId is null && !wantUnknown)
            return [];

        var instances = samples.Instances.ToArray().Distinct().ToList();
        await LookUpAsync(instances, cancellationToken);
        if (key?.UserId is { } user)
            Refuse(samples, instance => _owners.TryGetValue(instance, out var known) && known.Owner != user);
        return [.. instances.Where(instance => !_owners.ContainsKey(instance))];
    }

    /// <summary>Forgets an instance that was just registered.</summary>
    public void Forget(Guid instance) => _owners.TryRemove(instance, out _);

    private static void Refuse(SampleColumns samples, Func<Guid, bool> isForeign)
    {
        for (var row = 0; row < samples.Count; row++)
        {
            var instance = samples.Instances[row];
            if (isForeign(instance))
                throw new RequestException(StatusCodes.Status403Forbidden, $"The key may not write instance {instance} (sample {samples.Indexes[row]}).")
                {
                    Extensions = { ["index"] = samples.Indexes[row], ["instance_id"] = instance },
                };
        }
    }

    private async Task LookUpAsync(List<Guid> instances, CancellationToken cancellationToken)
    {
        var asked = instances.Where(i => !_owners.TryGetValue(i, out var known) || time.GetElapsedTime(known.At) >= Believed).ToArray();
        if (asked.Length == 0)
            return;
        foreach (var instance in asked)
            _owners.TryRemove(instance, out _);
        var at = time.GetTimestamp();
        await executor.RunAsync(async token =>
        {
            await using var command = dataSource.CreateCommand("SELECT id, user_id FROM instances WHERE id = ANY($1)");
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = asked, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
            await using var reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
                _owners[reader.GetGuid(0)] = (reader.IsDBNull(1) ? null : reader.GetGuid(1), at);
            return true;
        }, cancellationToken);
    }
}
