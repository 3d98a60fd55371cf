using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Resource.V1;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>Who has sent telemetry. Bounded: beyond the limit the one silent for longest goes, and with it what it sent.</summary>
internal sealed class TelemetryResources(IOptions<DashboardOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, string Instance), TelemetryResource> _resources = [];
    private readonly int _limit = options.Value.TelemetryLimits.MaxResources;

    /// <summary>Raised outside the lock for a resource that had to go.</summary>
    public event Action<TelemetryResource>? Dropped;

    public TelemetryResource Get(Resource? resource)
    {
        resource ??= new Resource();
        var name = AnyValueText.Find(resource.Attributes, "service.name") is { Length: > 0 } named ? named : "unknown_service";
        var instance = AnyValueText.Find(resource.Attributes, "service.instance.id") ?? "";
        TelemetryResource? found, gone = null;
        lock (_gate)
        {
            if (!_resources.TryGetValue((name, instance), out found))
            {
                if (_resources.Count >= _limit)
                {
                    gone = _resources.Values.MinBy(r => r.LastSeen)!;
                    _resources.Remove((gone.Name, gone.Instance));
                }

                _resources[(name, instance)] = found = new TelemetryResource(name, instance, resource.Clone());
            }

            found.LastSeen = time.GetUtcNow();
        }

        if (gone is not null) Dropped?.Invoke(gone);
        return found;
    }

    public IReadOnlyList<TelemetryResource> All()
    {
        lock (_gate) return [.. _resources.Values.OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Instance, StringComparer.Ordinal)];
    }

    /// <summary>Service names, each once: what the pages filter by.</summary>
    public IReadOnlyList<string> Names() => [.. All().Select(r => r.Name).Distinct()];
}
