using System.Net.Mime;
using Google.Protobuf;
using LaunchStack.Dashboard.Logs;
using LaunchStack.Dashboard.Metrics;
using LaunchStack.Dashboard.Otlp;
using LaunchStack.Dashboard.Otlp.Json;
using LaunchStack.Dashboard.Traces;

namespace LaunchStack.Dashboard.Api;

/// <summary>What the pages show, for tests and tools, as OTLP/JSON; <c>follow=true</c> streams a line per batch of new records.</summary>
internal static class TelemetryApi
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    public static void MapTelemetryApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/api/telemetry");
        api.MapGet("/resources", (TelemetryResources resources, TraceStore traces, LogStore logs, MetricStore metrics) => Results.Ok(new
        {
            resources = resources.All().Select(r => new { name = r.Name, instanceId = r.Instance, lastSeen = r.LastSeen, attributes = AnyValueText.Pairs(r.Proto.Attributes) }),
            dropped = new { spans = traces.Dropped, logs = logs.Dropped, points = metrics.Dropped },
            held = new { traces = traces.Held().Traces, spanBytes = traces.Held().Bytes, logs = logs.Held() },
            received = new { spans = traces.Received },
        }));
        api.MapGet("/traces", (HttpContext context, TraceStore traces) => AnswerAsync(context, traces, wholeTraces: true));
        api.MapGet("/spans", (HttpContext context, TraceStore traces) => AnswerAsync(context, traces, wholeTraces: false));
        api.MapGet("/traces/{id}", (string id, TraceStore traces) =>
        {
            if (!OtlpIds.TryParseTrace(id, out var trace)) return Results.Problem("A trace id is 32 hex digits.", statusCode: StatusCodes.Status400BadRequest);
            var spans = traces.Spans(trace);
            return spans.Count == 0
                ? Results.Problem("No such trace is held; it may have been dropped.", statusCode: StatusCodes.Status404NotFound)
                : Results.Bytes(OtlpJsonWriter.Write(OtlpGroups.Of(spans)), MediaTypeNames.Application.Json);
        });
        api.MapGet("/logs", LogsAsync);
    }

    private static Task AnswerAsync(HttpContext context, TraceStore traces, bool wholeTraces)
    {
        var query = TelemetryQuery.Read(context.Request.Query);
        var filter = new TraceFilter(query.Resource, ErrorsOnly: query.Errors, From: query.From, To: query.To);
        return StreamAsync(context, query, () => traces.Version, after =>
        {
            IReadOnlyList<StoredSpan> spans;
            if (query.Trace is { } id) spans = [.. traces.Spans(id).Where(s => s.Sequence > after && query.Matches(s))];
            else if (wholeTraces && !query.Follow) spans = [.. traces.List(filter, query.Limit).SelectMany(t => traces.Spans(t.Id))];
            else spans = traces.Spans(filter, after, query.Limit);
            return (OtlpGroups.Of(spans), spans.Count, spans.Count == 0 ? after : spans.Max(s => s.Sequence));
        });
    }

    private static Task LogsAsync(HttpContext context, LogStore logs)
    {
        var query = TelemetryQuery.Read(context.Request.Query);
        var filter = new LogFilter(query.Resource, Enum.TryParse<LogLevelName>(context.Request.Query["severity"], true, out var level) ? level : LogLevelName.Unset,
            context.Request.Query["text"], context.Request.Query["attribute"], query.Trace, query.From, query.To);
        return StreamAsync(context, query, () => logs.Version, after =>
        {
            var found = logs.List(filter, query.Limit, after);
            return (OtlpGroups.Of(found.Reverse()), found.Count, found.Count == 0 ? after : found[0].Sequence);
        });
    }

    private static async Task StreamAsync(HttpContext context, TelemetryQuery query, Func<long> version, Func<long, (IMessage Data, int Count, long Last)> read)
    {
        if (query.Fault is { } fault)
        {
            await Results.Problem(fault, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
            return;
        }

        var (data, count, last) = read(0);
        if (!query.Follow)
        {
            await Results.Bytes(OtlpJsonWriter.Write(data), MediaTypeNames.Application.Json).ExecuteAsync(context);
            return;
        }

        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "application/x-ndjson";
        var seen = -1L;
        while (!ended.IsCancellationRequested)
        {
            if (count > 0)
            {
                await context.Response.Body.WriteAsync(OtlpJsonWriter.Write(data), ended.Token);
                await context.Response.Body.WriteAsync("\n"u8.ToArray(), ended.Token);
            }

            await context.Response.Body.FlushAsync(ended.Token);
            while (seen == version() && !ended.IsCancellationRequested)
                await Task.Delay(LookAgain, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            seen = version();
            (data, count, last) = read(last);
        }
    }
}
