namespace LaunchStack.Dashboard.Metrics;

/// <summary>The points of one set of attributes. Guarded by the store's lock.</summary>
internal sealed class MetricSeries(StoredInstrument instrument, string key, KeyValuePair<string, string>[] attributes)
{
    public StoredInstrument Instrument { get; } = instrument;
    public string Key { get; } = key;
    public KeyValuePair<string, string>[] Attributes { get; } = attributes;
    public Queue<MetricPoint> Points { get; } = new();

    /// <summary>The last bounds seen, to share them.</summary>
    public double[]? Bounds { get; set; }
}
