namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The language a series came in.</summary>
internal enum SeriesSource
{
    /// <summary>Influx line protocol.</summary>
    Influx,

    /// <summary>Prometheus remote write.</summary>
    Prometheus,

    /// <summary>OpenTelemetry metrics.</summary>
    Otlp,

    /// <summary>collectd's write_http.</summary>
    Collectd,
}
