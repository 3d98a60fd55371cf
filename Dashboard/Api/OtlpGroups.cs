using LaunchStack.Dashboard.Logs;
using LaunchStack.Dashboard.Traces;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace LaunchStack.Dashboard.Api;

/// <summary>Stored records back as OTLP: grouped by resource and scope.</summary>
internal static class OtlpGroups
{
    public static TracesData Of(IEnumerable<StoredSpan> spans)
    {
        var data = new TracesData();
        foreach (var resource in spans.GroupBy(s => s.Resource))
        {
            var group = new ResourceSpans { Resource = resource.Key.Proto };
            foreach (var scope in resource.GroupBy(s => s.Scope))
                group.ScopeSpans.Add(new ScopeSpans { Scope = scope.Key, Spans = { scope.Select(s => s.Decode()) } });
            data.ResourceSpans.Add(group);
        }

        return data;
    }

    public static LogsData Of(IEnumerable<StoredLog> logs)
    {
        var data = new LogsData();
        foreach (var resource in logs.GroupBy(s => s.Resource))
        {
            var group = new ResourceLogs { Resource = resource.Key.Proto };
            foreach (var scope in resource.GroupBy(s => s.Scope))
                group.ScopeLogs.Add(new ScopeLogs { Scope = scope.Key, LogRecords = { scope.Select(s => s.Decode()) } });
            data.ResourceLogs.Add(group);
        }

        return data;
    }
}
