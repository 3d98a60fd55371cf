using LaunchStack.Dashboard.Otlp;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace LaunchStack.Dashboard.Logs;

/// <summary>A log record: what the list shows as fields, the rest encoded.</summary>
public sealed class StoredLog
{
    public required long Sequence { get; init; }
    public required TelemetryResource Resource { get; init; }
    public required InstrumentationScope Scope { get; init; }
    public required ulong Time { get; init; }
    public required LogLevelName Level { get; init; }
    public required string Body { get; init; }
    public required UInt128 TraceId { get; init; }
    public required ulong SpanId { get; init; }
    public required byte[] Encoded { get; init; }

    public LogRecord Decode() => LogRecord.Parser.ParseFrom(Encoded);
}
