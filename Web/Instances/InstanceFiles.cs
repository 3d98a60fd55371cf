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
        group.MapGet("/{id:guid}.json", async (Guid id, string? range, string? from, string? to, AggregatorClient aggregator, TimeProvider time, HttpContext http) =>
            Results.Bytes(await HistoryAsync(id, range, from, to, aggregator, time, http), "application/json"));
        group.MapGet("/{id:guid}.csv", async (Guid id, string? range, string? from, string? to, AggregatorClient aggregator, TimeProvider time, HttpContext http) =>
            Results.File(HistoryCsv.Of(await HistoryAsync(id, range, from, to, aggregator, time, http)), "text/csv; charset=utf-8", $"{id}.csv"));
        group.MapGet("/{id:guid}.png", async (
            Guid id, string? range, string? from, string? to, string? compare, UsageChartReader charts, AggregatorClient aggregator, TimeProvider time, HttpContext http) =>
        {
            var span = Range(range, from, to, time);
            var instance = await aggregator.GetAsync<InstanceRow>($"/v1/instances/{id}", http.RequestAborted);
            var (chart, _) = await charts.ReadAsync(id, span, compare, http.RequestAborted);
            return Results.Bytes(PngChart.Draw(instance.Name, chart), "image/png");
        });
        group.MapGet("/{id:guid}/chart", async (
            Guid id, string? range, string? from, string? to, string? compare, UsageChartReader charts, TimeProvider time, HttpContext http) =>
            Results.Json((await charts.ReadAsync(id, Range(range, from, to, time), compare, http.RequestAborted)).Chart, Json));
    }

    private static Task<byte[]> HistoryAsync(
        Guid id, string? range, string? from, string? to, AggregatorClient aggregator, TimeProvider time, HttpContext http) =>
        aggregator.BytesAsync(UsageChartReader.HistoryPath(id, Range(range, from, to, time)), http.RequestAborted);

    // A file has no place for a remark: a range that cannot be read is refused.
    private static ChartRange Range(string? range, string? from, string? to, TimeProvider time)
    {
        var parsed = ChartRange.Parse(range, from, to, time.GetUtcNow());
        return parsed.Fault is null ? parsed : throw new BadHttpRequestException(parsed.Fault);
    }
}
