using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users/{id}/usage</c> and <c>/v1/instances/{id}/usage</c>.</summary>
internal static class UsageTotalsEndpoints
{
    public static void MapUsageTotals(this RouteGroupBuilder group)
    {
        group.MapGet("/v1/users/{id}/usage", OfUserAsync).WithName("UserUsage").WithParameters("from", "to", "by")
            .WithSummary("What a user's instances used; query: from, to (days of UTC, the current month unless given), by (day or instance).");
        group.MapGet("/v1/instances/{id}/usage", OfInstanceAsync).WithName("InstanceUsage").WithParameters("from", "to", "by")
            .WithSummary("What an instance used; query: from, to (days of UTC, the current month unless given), by (day).");
    }

    private static async Task<Results<Ok<UserUsage>, ProblemHttpResult>> OfUserAsync(
        string id, string? from, string? to, string? by, UsageLines lines, DatabaseExecutor database, TimeProvider time, HttpContext http, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var user))
            return ParameterProblem.Of("id", "Give the user's id, a UUID.");
        if (!MeteringAccess.MayAskForUser(http, user))
            return MeteringAccess.Refused();
        var range = DayRange.Parse(from, to, time.GetUtcNow());
        if (range.Problem is { } problem)
            return ParameterProblem.Of(problem.Parameter, problem.Detail);
        if (by is not (null or "day" or "instance"))
            return ParameterProblem.Of("by", "Give day or instance, or leave it out.");

        return await database.ReadAsync<Results<Ok<UserUsage>, ProblemHttpResult>>(async token =>
        {
            if (!await lines.IsUserAsync(user, token))
                return TypedResults.Problem($"There is no user {user}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown user");
            var found = await lines.OfUserAsync(user, range.From, range.To, token);
            return TypedResults.Ok(new UserUsage(
                user, range.From, range.To, await lines.ComputedThroughAsync(token), Sum(found),
                by != "day" ? null : [.. found.GroupBy(line => line.Day).OrderBy(day => day.Key).Select(day => new UserUsageDay(day.Key, Sum(day)))],
                by != "instance" ? null : [.. found.GroupBy(line => line.InstanceId).Select(instance => new UserUsageInstance(instance.Key, Sum(instance)))]));
        }, cancellationToken);
    }

    private static async Task<Results<Ok<InstanceUsage>, ProblemHttpResult>> OfInstanceAsync(
        string id, string? from, string? to, string? by, UsageLines lines, DatabaseExecutor database, TimeProvider time, HttpContext http, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var instance))
            return ParameterProblem.Of("id", "Give the instance's id, a UUID.");
        if (!MeteringAccess.MayAskForInstance(http, instance))
            return MeteringAccess.Refused();
        var range = DayRange.Parse(from, to, time.GetUtcNow());
        if (range.Problem is { } problem)
            return ParameterProblem.Of(problem.Parameter, problem.Detail);
        if (by is not (null or "day"))
            return ParameterProblem.Of("by", "Give day, or leave it out.");

        var owner = MeteringAccess.User(http);
        return await database.ReadAsync<Results<Ok<InstanceUsage>, ProblemHttpResult>>(async token =>
        {
            if (!await lines.IsInstanceAsync(instance, owner, token))
                return owner is not null ? MeteringAccess.Refused()
                    : TypedResults.Problem($"There is no instance {instance}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown instance");
            var found = await lines.OfInstanceAsync(instance, owner, range.From, range.To, token);
            return TypedResults.Ok(new InstanceUsage(
                instance, range.From, range.To, await lines.ComputedThroughAsync(token), Sum(found), by is null ? null : found));
        }, cancellationToken);
    }

    private static Quantities Sum(IEnumerable<UsageLine> lines) => lines.Aggregate(default(Quantities), (sum, line) => sum + line.Quantities);
}
