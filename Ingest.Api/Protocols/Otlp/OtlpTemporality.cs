namespace LaunchStack.Ingest.Api.Protocols.Otlp;

/// <summary>OTLP's <c>AggregationTemporality</c>.</summary>
internal enum OtlpTemporality
{
    Unspecified = 0,
    Delta = 1,
    Cumulative = 2,
}
