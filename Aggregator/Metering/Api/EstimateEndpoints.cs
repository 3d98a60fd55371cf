using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Estimates;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users/{id}/usage/estimate</c>.</summary>
internal static class EstimateEndpoints
{
    private const int PastMonths = 6;

    public static void MapEstimates(this RouteGroupBuilder group) =>
        group.MapGet("/v1/users/{id}/usage/estimate", OfUserAsync).WithName("UserEstimate").WithSummary(
            "What the current month comes to so far, what it will come to, with a band of 90 percent, and how good the last months' estimates were.");

    private static async Task<Results<Ok<UserEstimate>, ProblemHttpResult>> OfUserAsync(
        string id, UsageLines lines, RateCardStore cards, DatabaseExecutor database, TimeProvider time, Viewer viewer, CancellationToken cancellationToken)
    {
        var user = Parameters.Id(id, "the user's id");
        if (!viewer.MaySeeUser(user))
            throw Viewer.Forbidden();
        var month = UtcDay.Of(time.GetUtcNow()).MonthStart();
        return await database.ReadAsync<Results<Ok<UserEstimate>, ProblemHttpResult>>(async token =>
        {
            if (!await lines.IsUserAsync(user, token))
                return TypedResults.Problem($"There is no user {user}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown user");
            var all = await cards.AllAsync(token);
            if (RateCardStore.For(all, month) is not { } card)
                return TypedResults.Problem("No rate card is valid this month.", statusCode: StatusCodes.Status404NotFound, title: "No rate card");
            // Two months more than are checked: their own four weeks lie before them.
            var found = await lines.OfUserAsync(user, month.AddMonths(-PastMonths - 2), month.AddMonths(1), token);
            var used = found.GroupBy(line => line.Day).ToDictionary(day => day.Key, day => day.Aggregate(default(Quantities), (sum, line) => sum + line.Quantities));
            var through = await lines.ComputedThroughAsync(token) ?? month.AddDays(-1);

            var so = Charges.Price(card, found.Where(line => line.Day >= month).GroupBy(line => line.InstanceId)
                .ToDictionary(i => i.Key, i => i.Aggregate(default(Quantities), (sum, line) => sum + line.Quantities)));
            var past = Enumerable.Range(1, PastMonths).Select(back => month.AddMonths(-back))
                .TakeWhile(earlier => used.Keys.Any(day => day < earlier.AddMonths(1)))
                .Select(earlier => Estimator.Check(earlier, Math.Max(1, through >= month ? through.Day : 1), RateCardStore.For(all, earlier) ?? card, used));
            return TypedResults.Ok(new UserEstimate(
                user, Estimator.Of(month, through, card, used) with { ToDate = so.Sum(line => line.Amount) }, so, [.. past]));
        }, cancellationToken);
    }
}
