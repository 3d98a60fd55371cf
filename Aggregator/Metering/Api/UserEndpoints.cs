using System.Globalization;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users</c>.</summary>
internal static class UserEndpoints
{
    private const int DefaultLimit = 100;
    private const int LargestLimit = 1000;

    public static void MapUsers(this RouteGroupBuilder group) =>
        group.MapGet("/v1/users", ListAsync).WithName("ListUsers").WithParameters("limit", "after").WithSummary(
            "Users who own or owned an instance, in order of id, each with the newest statement; query: limit (1-1000), after (id). Next page in the Link header.");

    private static async Task<Results<Ok<IReadOnlyList<ChargedUser>>, ProblemHttpResult>> ListAsync(
        string? limit, string? after, StatementStore statements, DatabaseExecutor database, HttpContext http, CancellationToken cancellationToken)
    {
        var owner = MeteringAccess.User(http);
        if (!MeteringAccess.MayAskForUser(http, owner))
            return MeteringAccess.Refused();
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > LargestLimit))
            return ParameterProblem.Of("limit", $"Give a whole number from 1 to {LargestLimit}.");
        var last = Guid.Empty;
        if (after is not null && !Guid.TryParse(after, out last))
            return ParameterProblem.Of("after", "Give the id of the last user of the page before, a UUID.");

        var page = await database.RunAsync(token => statements.UsersAsync(owner, after is null ? null : last, count, token), cancellationToken);
        if (page.Count == count)
            http.Response.Headers.Link =
                $"<{http.Request.Path}{QueryString.Create(http.Request.Query.Where(p => p.Key != "after")).Add("after", page[^1].UserId.ToString())}>; rel=\"next\"";
        return TypedResults.Ok(page);
    }
}
