using LaunchStack.Aggregator.Reading;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/users</c>.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this RouteGroupBuilder group) =>
        group.MapGet("/v1/users", ListAsync).WithName("ListUsers").WithSummary(
            "Users who own or owned an instance, in order of id, each with the newest statement; query: limit (1-1000), after (id). Next page in the Link header.");

    private static async Task<Ok<IReadOnlyList<ChargedUser>>> ListAsync(
        string? limit, string? after, StatementStore statements, DatabaseExecutor database, Viewer viewer, HttpContext http, CancellationToken cancellationToken)
    {
        if (!viewer.MaySeeUser(viewer.UserId))
            throw Viewer.Forbidden();
        var (count, last) = (Paging.Limit(limit), Parameters.IdOrNull(after, "the id of the last user of the page before"));

        var page = await database.ReadAsync(token => statements.UsersAsync(viewer.UserId, last, count, token), cancellationToken);
        if (page.Count == count)
            Paging.LinkNext(http, page[^1].UserId.ToString());
        return TypedResults.Ok(page);
    }
}
