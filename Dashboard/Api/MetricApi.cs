using LaunchStack.Dashboard.Metrics;
using LaunchStack.Dashboard.Otlp;

namespace LaunchStack.Dashboard.Api;

/// <summary>
/// <c>GET /api/telemetry/metrics</c>: instruments with the newest point of each series, for tests and tools. Not OTLP: points are kept as
/// numbers. A histogram's value is its sum, its count stands beside it.
/// </summary>
internal static class MetricApi
{
    public static void MapMetricApi(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/telemetry/metrics", (HttpContext context, MetricStore metrics, TelemetryResources resources) =>
        {
            var query = TelemetryQuery.Read(context.Request.Query);
            return query.Fault is { } fault
                ? Results.Problem(fault, statusCode: StatusCodes.Status400BadRequest)
                : Results.Ok(new { metrics = Read(query, metrics, resources) });
        });

    private static IEnumerable<object> Read(TelemetryQuery query, MetricStore metrics, TelemetryResources resources) =>
        from service in query.Resource is { Length: > 0 } one ? [one] : resources.Names()
        from instrument in metrics.Instruments(service)
        let series = metrics.Read(service, instrument.Scope, instrument.Name, query.From ?? 0)
        where series.Count > 0
        select new
        {
            resource = service, scope = instrument.Scope, name = instrument.Name, unit = instrument.Unit, kind = instrument.Kind.ToString(),
            series = series.Select(s => new
            {
                attributes = s.Attributes.ToDictionary(a => a.Key, a => a.Value),
                time = UnixNano.Time(s.Points[^1].Time), value = s.Points[^1].Value, count = s.Points[^1].Histogram?.Count, points = s.Points.Length,
            }),
        };
}
