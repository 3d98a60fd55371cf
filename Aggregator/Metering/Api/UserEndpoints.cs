using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users</c>.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this RouteGroupBuilder group) =>
        group.MapGet("/v1/users", ListAsync).WithName("ListUsers").WithParameters("limit", "after").WithSummary(
            "Users who own or owned an instance, in order of id, each with the newest statement; query: limit (1-1000), after (id). Next page in the Link header.");

    private static async Task<Results<Ok<IReadOnlyList<ChargedUser>>, ProblemHttpResult>> ListAsync(
        string? limit, string? after, StatementStore statements, DatabaseExecutor database, HttpContext http, CancellationToken cancellationToken)
    {
        var owner = MeteringAccess.User(http);
        if (!MeteringAccess.MayAskForUser(http, owner))
            return MeteringAccess.Refused();
        if (!Paging.TryLimit(limit, out var count))
            return ParameterProblem.Of("limit", Paging.LimitForm);
        var last = Guid.Empty;
        if (after is not null && !Guid.TryParse(after, out last))
            return ParameterProblem.Of("after", "Give the id of the last user of the page before, a UUID.");

        var page = await database.ReadAsync(token => statements.UsersAsync(owner, after is null ? null : last, count, token), cancellationToken);
        if (page.Count == count)
            Paging.LinkNext(http, page[^1].UserId.ToString());
        return TypedResults.Ok(page);
    }
}
