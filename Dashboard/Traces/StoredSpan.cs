using LaunchStack.Dashboard.Otlp;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace LaunchStack.Dashboard.Traces;

/// <summary>A span: what lists need as fields, the rest encoded, decoded when somebody opens it. A decoded span is five times as large.</summary>
public sealed class StoredSpan
{
    public required long Sequence { get; init; }
    public required TelemetryResource Resource { get; init; }
    public required InstrumentationScope Scope { get; init; }
    public required UInt128 TraceId { get; init; }
    public required ulong SpanId { get; init; }
    public required ulong ParentId { get; init; }
    public required string Name { get; init; }
    public required Span.Types.SpanKind Kind { get; init; }
    public required ulong Start { get; init; }
    public required ulong End { get; init; }
    public required bool Error { get; init; }
    public required byte[] Encoded { get; init; }

    /// <summary>Other traces that this span links to.</summary>
    public required UInt128[] LinkedTraces { get; init; }

    public Span Decode() => Span.Parser.ParseFrom(Encoded);
}
