namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>OTLP's <c>AggregationTemporality</c>; whatever is no delta is read as cumulative.</summary>
internal enum OtlpTemporality
{
    Unspecified = 0,
    Delta = 1,
}
