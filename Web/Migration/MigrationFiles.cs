using LaunchStack.Web.Clients;
using LaunchStack.Web.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Web.Migration;

/// <summary>The state of the move as files: <c>.json</c>, and <c>.html</c>, a report that needs nothing beside it and prints.</summary>
internal static class MigrationFiles
{
    private const string State = "/v1/migration";

    /// <summary>Maps both, for administrators.</summary>
    public static void MapMigrationFiles(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/migration.json", async (AggregatorClient aggregator, HttpContext http) =>
            Results.File(await aggregator.BytesAsync(State, http.RequestAborted), "application/json", "migration.json")).RequireAuthorization(SignedIn.Admin);
        routes.MapGet("/migration.html", ReportAsync).RequireAuthorization(SignedIn.Admin);
    }

    private static async Task<RazorComponentResult<MigrationReport>> ReportAsync(
        AggregatorClient aggregator, IWebHostEnvironment environment, TimeProvider time, HttpContext http)
    {
        var state = await aggregator.GetAsync<MigrationAnswer>(State, http.RequestAborted);
        if (state.Run is null)
            throw new ApiException("aggregator", StatusCodes.Status404NotFound, "Nothing has been moved into this database: there is nothing to report.");
        using var style = new StreamReader(environment.WebRootFileProvider.GetFileInfo("app.css").CreateReadStream());
        http.Response.Headers.ContentDisposition = "attachment; filename=migration.html";
        return new(new { State = state, At = time.GetUtcNow(), Style = await style.ReadToEndAsync(http.RequestAborted) });
    }
}
