using LaunchStack.Web.Clients;

namespace LaunchStack.Web.Costs;

/// <summary>Files of statements, and the way from a form to a user's page.</summary>
internal static class CostEndpoints
{
    public static void MapCosts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/usage").RequireAuthorization();
        group.MapGet("/users", (string? id) => Guid.TryParse(id?.Trim(), out var user)
            ? Results.LocalRedirect($"/usage/users/{user}")
            : throw new BadHttpRequestException("That is not the id of a user. Give a UUID."));
        group.MapGet("/statements/{id:guid}.csv", async (Guid id, AggregatorClient aggregator, HttpContext http) =>
            Results.File(await aggregator.BytesAsync($"/v1/statements/{id}?format=csv", http.RequestAborted), "text/csv; charset=utf-8", $"statement-{id}.csv"));
        group.MapGet("/statements/{id:guid}.json", async (Guid id, AggregatorClient aggregator, HttpContext http) =>
            Results.Bytes(await aggregator.BytesAsync($"/v1/statements/{id}", http.RequestAborted), "application/json"));
    }
}
