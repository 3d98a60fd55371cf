using LaunchStack.Web.Clients;
using LaunchStack.Web.SignIn;

namespace LaunchStack.Web.Migration;

/// <summary>The state of the move as a file.</summary>
internal static class MigrationFile
{
    public static void MapMigrationFile(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/migration.json", async (AggregatorClient aggregator, HttpContext http) =>
            Results.File(await aggregator.BytesAsync("/v1/migration", http.RequestAborted), "application/json", "migration.json")).RequireAuthorization(SignedIn.Admin);
}
