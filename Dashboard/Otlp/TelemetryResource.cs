using OpenTelemetry.Proto.Resource.V1;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>A process that has sent telemetry: one service.name and service.instance.id.</summary>
public sealed class TelemetryResource(string name, string instance, Resource proto)
{
    public string Name { get; } = name;

    public string Instance { get; } = instance;

    /// <summary>All attributes, as first seen.</summary>
    public Resource Proto { get; } = proto;

    /// <summary>When something last came from it.</summary>
    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Name with the instance, to tell replicas apart.</summary>
    public string FullName => Instance.Length == 0 ? Name : $"{Name} ({(Guid.TryParse(Instance, out _) ? Instance[..8] : Instance)})";
}
