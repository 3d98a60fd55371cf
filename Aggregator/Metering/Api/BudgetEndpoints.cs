using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users/{id}/budget</c>.</summary>
internal static class BudgetEndpoints
{
    private const decimal MaxAmount = 1_000_000_000_000;

    public static void MapBudgets(this RouteGroupBuilder group)
    {
        group.MapGet("/v1/users/{id}/budget", FindAsync).WithName("Budget").WithSummary("A user's budget and what has been told of it.");
        group.MapPut("/v1/users/{id}/budget", SetAsync).WithName("SetBudget").RequireAuthorization(Scopes.Admin)
            .WithSummary("Sets the budget of each month; reaching 75, 90 and 100 percent is told once a month, nothing stops.");
        group.MapDelete("/v1/users/{id}/budget", RemoveAsync).WithName("RemoveBudget").RequireAuthorization(Scopes.Admin).WithSummary("Takes the budget away.");
    }

    private static async Task<Results<Ok<Budget>, ProblemHttpResult>> FindAsync(
        string id, BudgetStore budgets, Viewer viewer, CancellationToken cancellationToken)
    {
        var user = Parameters.Id(id, "the user's id");
        if (!viewer.MaySeeUser(user))
            throw Viewer.Forbidden();
        return await budgets.FindAsync(user, cancellationToken) is { } amount
            ? TypedResults.Ok(new Budget(user, amount, await budgets.AlertsAsync(user, cancellationToken)))
            : None(user);
    }

    private static async Task<Results<Ok<Budget>, ProblemHttpResult>> SetAsync(
        string id, BudgetBody body, BudgetStore budgets, CancellationToken cancellationToken)
    {
        var user = Parameters.Id(id, "the user's id");
        if (body.Amount is not (> 0 and <= MaxAmount) || body.Amount.Value.Scale > 4)
            throw new ParameterException("amount", $"Give an amount above 0 and up to {MaxAmount}, with at most 4 decimals.");
        return await budgets.SetAsync(user, body.Amount.Value, cancellationToken)
            ? TypedResults.Ok(new Budget(user, body.Amount.Value, await budgets.AlertsAsync(user, cancellationToken)))
            : TypedResults.Problem($"There is no user {user}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown user");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        string id, BudgetStore budgets, CancellationToken cancellationToken)
    {
        var user = Parameters.Id(id, "the user's id");
        return await budgets.RemoveAsync(user, cancellationToken) ? TypedResults.NoContent() : None(user);
    }

    private static ProblemHttpResult None(Guid user) =>
        TypedResults.Problem($"User {user} has no budget.", statusCode: StatusCodes.Status404NotFound, title: "No budget");
}
