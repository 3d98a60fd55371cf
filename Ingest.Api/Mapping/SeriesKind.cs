namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What becomes of a series' values on their way into a column.</summary>
internal enum SeriesKind
{
    /// <summary>The value as it is, times scale plus offset.</summary>
    Gauge,

    /// <summary>A running total, stored as such; delta values are added up first.</summary>
    Counter,

    /// <summary>The increase per second between two samples of the series, times scale.</summary>
    Rate,
}
