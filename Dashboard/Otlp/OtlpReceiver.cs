using LaunchStack.Dashboard.Logs;
using LaunchStack.Dashboard.Metrics;
using LaunchStack.Dashboard.Traces;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace LaunchStack.Dashboard.Otlp;

/// <summary>What every transport calls: takes an export, answers with what was rejected of it.</summary>
internal sealed class OtlpReceiver(TraceStore traces, LogStore logs, MetricStore metrics)
{
    public ExportTraceServiceResponse Export(ExportTraceServiceRequest request)
    {
        var rejected = new Rejections();
        traces.Add(request.ResourceSpans, rejected);
        var response = new ExportTraceServiceResponse();
        if (rejected.Count > 0) response.PartialSuccess = new() { RejectedSpans = rejected.Count, ErrorMessage = rejected.Message };
        return response;
    }

    public ExportLogsServiceResponse Export(ExportLogsServiceRequest request)
    {
        var rejected = new Rejections();
        logs.Add(request.ResourceLogs, rejected);
        var response = new ExportLogsServiceResponse();
        if (rejected.Count > 0) response.PartialSuccess = new() { RejectedLogRecords = rejected.Count, ErrorMessage = rejected.Message };
        return response;
    }

    public ExportMetricsServiceResponse Export(ExportMetricsServiceRequest request)
    {
        var rejected = new Rejections();
        metrics.Add(request.ResourceMetrics, rejected);
        var response = new ExportMetricsServiceResponse();
        if (rejected.Count > 0) response.PartialSuccess = new() { RejectedDataPoints = rejected.Count, ErrorMessage = rejected.Message };
        return response;
    }
}
