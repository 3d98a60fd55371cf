namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The protocol a series came in. What each needs, its rules and its endpoints, is looked up by it; a member without does not compile.</summary>
internal enum WireProtocol
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
