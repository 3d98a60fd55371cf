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
        group.MapGet("/statements/{id:guid}.csv", (Guid id, AggregatorClient aggregator, HttpContext http) =>
            FileAsync(id, "?format=csv", "text/csv; charset=utf-8", $"statement-{id}.csv", aggregator, http));
        group.MapGet("/statements/{id:guid}.json", (Guid id, AggregatorClient aggregator, HttpContext http) =>
            FileAsync(id, "", "application/json", null, aggregator, http));
        // A page to print, whose style stands in it: as a file, since no page of ours may have one inline.
        group.MapGet("/statements/{id:guid}.html", (Guid id, AggregatorClient aggregator, HttpContext http) =>
            FileAsync(id, "?format=html", "text/html; charset=utf-8", $"statement-{id}.html", aggregator, http));
    }

    private static async Task<IResult> FileAsync(Guid id, string format, string type, string? name, AggregatorClient aggregator, HttpContext http) =>
        Results.File(await aggregator.BytesAsync($"/v1/statements/{id}{format}", http.RequestAborted), type, name);
}
