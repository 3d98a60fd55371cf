using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users/{id}/usage</c> and <c>/v1/instances/{id}/usage</c>.</summary>
internal static class UsageTotalsEndpoints
{
    public static void MapUsageTotals(this RouteGroupBuilder group)
    {
        group.MapGet("/v1/users/{id}/usage", OfUserAsync).WithName("UserUsage")
            .WithSummary("What a user's instances used; query: from, to (days of UTC, the current month unless given), by (day or instance).");
        group.MapGet("/v1/instances/{id}/usage", OfInstanceAsync).WithName("InstanceUsage")
            .WithSummary("What an instance used; query: from, to (days of UTC, the current month unless given), by (day).");
    }

    private static async Task<Results<Ok<UserUsage>, ProblemHttpResult>> OfUserAsync(
        string id, string? from, string? to, string? by, UsageLines lines, DatabaseExecutor database, TimeProvider time, Viewer viewer, CancellationToken cancellationToken)
    {
        var user = Parameters.Id(id, "the user's id");
        if (!viewer.MaySeeUser(user))
            throw Viewer.Forbidden();
        var range = DayRange.Parse(from, to, time.GetUtcNow());
        if (by is not (null or "day" or "instance"))
            throw new ParameterException("by", "Give day or instance, or leave it out.");

        var usage = await database.ReadAsync(async token =>
        {
            if (!await lines.IsUserAsync(user, token))
                return null;
            var found = await lines.OfUserAsync(user, range.From, range.To, token);
            return new UserUsage(
                user, range.From, range.To, await lines.ComputedThroughAsync(token), Sum(found),
                by != "day" ? null : [.. found.GroupBy(line => line.Day).OrderBy(day => day.Key).Select(day => new UserUsageDay(day.Key, Sum(day)))],
                by != "instance" ? null : [.. found.GroupBy(line => line.InstanceId).Select(instance => new UserUsageInstance(instance.Key, Sum(instance)))]);
        }, cancellationToken);
        return usage is not null ? TypedResults.Ok(usage)
            : TypedResults.Problem($"There is no user {user}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown user");
    }

    private static async Task<Results<Ok<InstanceUsage>, ProblemHttpResult>> OfInstanceAsync(
        string id, string? from, string? to, string? by, UsageLines lines, DatabaseExecutor database, TimeProvider time, Viewer viewer, CancellationToken cancellationToken)
    {
        var instance = Parameters.Id(id, "the instance's id");
        if (!viewer.MaySeeDaysOf(instance))
            throw Viewer.Forbidden();
        var range = DayRange.Parse(from, to, time.GetUtcNow());
        if (by is not (null or "day"))
            throw new ParameterException("by", "Give day, or leave it out.");

        var usage = await database.ReadAsync(async token =>
        {
            if (!await lines.IsInstanceAsync(instance, viewer.UserId, token))
                return null;
            var found = await lines.OfInstanceAsync(instance, viewer.UserId, range.From, range.To, token);
            return new InstanceUsage(instance, range.From, range.To, await lines.ComputedThroughAsync(token), Sum(found), by is null ? null : found);
        }, cancellationToken);
        return usage is not null ? TypedResults.Ok(usage)
            : viewer.UserId is not null ? throw Viewer.Forbidden()
            : TypedResults.Problem($"There is no instance {instance}.", statusCode: StatusCodes.Status404NotFound, title: "Unknown instance");
    }

    private static Quantities Sum(IEnumerable<UsageLine> lines) => lines.Aggregate(default(Quantities), (sum, line) => sum + line.Quantities);
}
