using System.Collections.Concurrent;
using LaunchStack.Agent.Sampling;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Delivery;

/// <summary>Sees to it that an instance is registered before its samples are sent.</summary>
internal sealed partial class InstanceRegistrar(IReadOnlyList<IUsageSource> sources, IngestClient client, ILogger<InstanceRegistrar> logger)
{
    // A thousand simulated instances must not take minutes to introduce, nor flood the API.
    private const int Parallelism = 8;

    private readonly Dictionary<Guid, string> _names = sources.ToDictionary(source => source.InstanceId, source => source.Name);
    private readonly ConcurrentDictionary<Guid, IngestAnswer> _known = new();

    /// <summary>Registers those of <paramref name="ids"/> not known to be.</summary>
    /// <returns>Null if samples can be sent now; otherwise the answer that stands in the way.</returns>
    public async Task<IngestAnswer?> EnsureAsync(IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var missing = ids.Distinct().Where(id => !_known.ContainsKey(id)).ToArray();
        if (missing.Length == 0)
            return null;

        var obstacles = new ConcurrentQueue<IngestAnswer>();
        await Parallel.ForEachAsync(
            missing,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (id, token) =>
            {
                if (obstacles.IsEmpty && await RegisterAsync(id, token) is { } obstacle)
                    obstacles.Enqueue(obstacle);
            });
        return obstacles.TryDequeue(out var first) ? first : null;
    }

    /// <summary>Ingest.Api says it does not know these, so they are to be registered again.</summary>
    public void Forget(IEnumerable<Guid> ids)
    {
        foreach (var id in ids)
            _known.TryRemove(id, out _);
    }

    /// <summary>What came of the last registration.</summary>
    public IngestAnswer? AnswerFor(Guid id) => _known.GetValueOrDefault(id);

    private async Task<IngestAnswer?> RegisterAsync(Guid id, CancellationToken cancellationToken)
    {
        // Samples of an earlier run may belong to an instance that is not configured any more.
        var name = _names.GetValueOrDefault(id) ?? $"instance-{id.ToString("N")[..8]}";
        var answer = await client.RegisterAsync(id, name, cancellationToken);
        switch (answer)
        {
            case IngestAnswer.Taken:
                LogRegistered(id, name);
                break;
            case IngestAnswer.Refused refused:
                // Not in the way: the samples themselves will be judged, and set aside if the instance stays unknown.
                LogRefused(id, name, refused.Reason);
                break;
            case IngestAnswer.Forbidden forbidden:
                // Not in the way either: a key that registers instances by their first sample need not do so by name.
                LogForbidden(id, name, forbidden.Reason);
                break;
            default:
                return answer;
        }

        _known[id] = answer;
        return null;
    }

    [LoggerMessage(EventName = "InstanceRegistered", Level = LogLevel.Debug, Message = "Registered instance {Instance} as {Name}")]
    private partial void LogRegistered(Guid instance, string name);

    [LoggerMessage(EventName = "InstanceRefused", Level = LogLevel.Error, Message = "Ingest.Api refuses to register instance {Instance} as {Name}: {Reason}")]
    private partial void LogRefused(Guid instance, string name, string reason);

    [LoggerMessage(EventName = "InstanceForbidden", Level = LogLevel.Information,
        Message = "The key may not register instance {Instance} as {Name} ({Reason}): it is left to its first sample")]
    private partial void LogForbidden(Guid instance, string name, string reason);
}
