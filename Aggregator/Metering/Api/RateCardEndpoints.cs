using System.Globalization;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/rate-cards</c>.</summary>
internal static class RateCardEndpoints
{
    public static void MapRateCards(this RouteGroupBuilder group)
    {
        group.MapGet("/v1/rate-cards", ListAsync).WithName("ListRateCards").WithSummary("All versions of the rate card, oldest first.");
        group.MapGet("/v1/rate-cards/{version}", FindAsync).WithName("RateCard").WithSummary("One version of the rate card.");
        group.MapPost("/v1/rate-cards", AddAsync).WithName("AddRateCard").RequireAuthorization(Scopes.Admin)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("A new version, valid from a month that has no statement yet. 409 where a month from then on has one.");
    }

    private static async Task<Ok<IReadOnlyList<RateCard>>> ListAsync(RateCardStore cards, DatabaseExecutor database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await database.ReadAsync(cards.AllAsync, cancellationToken));

    private static async Task<Results<Ok<RateCard>, ProblemHttpResult>> FindAsync(
        string version, RateCardStore cards, DatabaseExecutor database, CancellationToken cancellationToken)
    {
        if (!int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new ParameterException("version", "Give the number of a version.");
        return (await database.ReadAsync(cards.AllAsync, cancellationToken)).FirstOrDefault(card => card.Version == number) is { } found
            ? TypedResults.Ok(found)
            : TypedResults.Problem($"There is no rate card {number}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown rate card");
    }

    private static async Task<Results<Created<RateCard>, ProblemHttpResult>> AddAsync(
        RateCardBody body, RateCardStore cards, CancellationToken cancellationToken)
    {
        var items = body.Check();
        var added = await cards.AddAsync(body.ValidFrom!.Value, body.Currency!, body.Decimals, items, cancellationToken);
        return added is not null
            ? TypedResults.Created($"/v1/rate-cards/{added.Version}", added)
            : TypedResults.Problem(
                $"A month from {body.ValidFrom:yyyy-MM} on has a frozen statement; frozen statements keep their prices. Choose a later month.",
                statusCode: StatusCodes.Status409Conflict, title: "The month is closed");
    }
}
