using System.Text.Json;
using System.Text.Json.Serialization;
using LaunchStack.Web.Charts;
using LaunchStack.Web.Clients;

namespace LaunchStack.Web.Instances;

/// <summary>The address of an instance's page with another ending: the same figures as a file.</summary>
internal static class InstanceFiles
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Maps <c>.json</c> and <c>.csv</c> (the history), <c>.png</c> (the charts), and <c>/chart</c>, which the script draws.</summary>
    public static void MapInstanceFiles(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/instances").RequireAuthorization();
        group.MapGet("/{id:guid}.json", async (Guid id, [AsParameters] ChartQuery query, UsageChartReader charts, TimeProvider time, HttpContext http) =>
            Results.Bytes((await charts.FileAsync(id, query.Span(time), query.Compare, http.RequestAborted)).ToJson(), "application/json"));
        group.MapGet("/{id:guid}.csv", async (Guid id, [AsParameters] ChartQuery query, UsageChartReader charts, TimeProvider time, HttpContext http) =>
            Results.File(
                HistoryCsv.Of(await charts.FileAsync(id, query.Span(time), query.Compare, http.RequestAborted)), "text/csv; charset=utf-8", $"{id}.csv"));
        group.MapGet("/{id:guid}.png", async (
            Guid id, [AsParameters] ChartQuery query, UsageChartReader charts, AggregatorClient aggregator, TimeProvider time, HttpContext http) =>
        {
            var span = query.Span(time);
            var instance = await aggregator.GetAsync<InstanceRow>($"/v1/instances/{id}", http.RequestAborted);
            var (chart, _) = await charts.ReadAsync(id, span, query.Compare, http.RequestAborted);
            return Results.Bytes(PngChart.Draw(instance.Name, chart), "image/png");
        });
        group.MapGet("/{id:guid}/chart", async (Guid id, [AsParameters] ChartQuery query, UsageChartReader charts, TimeProvider time, HttpContext http) =>
            Results.Json((await charts.ReadAsync(id, query.Span(time), query.Compare, http.RequestAborted)).Chart, Json));
    }
}
