namespace LaunchStack.Dashboard.Metrics;

/// <summary>How an instrument is drawn: as it is, as a rate, or as percentiles.</summary>
internal enum InstrumentKind
{
    Gauge, Counter, UpDownCounter, Histogram,
}
