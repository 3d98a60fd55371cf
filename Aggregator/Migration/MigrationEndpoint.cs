using LaunchStack.Auth;

namespace LaunchStack.Aggregator.Migration;

/// <summary><c>GET /v1/migration</c>, for administrators: it shows rows of the original.</summary>
public static class MigrationEndpoint
{
    /// <summary>Registers its reader.</summary>
    public static void AddMigrationState(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<MigrationReader>();

    /// <summary>Maps it.</summary>
    public static void MapMigration(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/migration", async (MigrationReader reader, CancellationToken cancellationToken) => TypedResults.Ok(await reader.ReadAsync(cancellationToken)))
            .WithName("Migration").WithTags("Migration").WithSummary("How far the move from the original is: steps, windows by day, quarantine by reason, both sides' figures.")
            .RequireAuthorization(Scopes.Admin);
}
