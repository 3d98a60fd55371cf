using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Metrics;

/// <summary>An instrument of one resource, with its series.</summary>
internal sealed class StoredInstrument(TelemetryResource resource, string scope, string name, string description, string unit, InstrumentKind kind, bool delta)
{
    public TelemetryResource Resource { get; } = resource;
    public string Scope { get; } = scope;
    public string Name { get; } = name;
    public string Description { get; } = description;
    public string Unit { get; } = unit;
    public InstrumentKind Kind { get; } = kind;

    /// <summary>Points hold what came since the point before, not since the start.</summary>
    public bool Delta { get; } = delta;

    public Dictionary<string, MetricSeries> Series { get; } = new(StringComparer.Ordinal);
}
