using System.Text;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary><c>/v1/statements</c>.</summary>
internal static class StatementEndpoints
{
    // Statements that are read at once to verify a month.
    private const int BatchSize = 100;

    public static void MapStatements(this RouteGroupBuilder group)
    {
        group.MapGet("/v1/statements", ListAsync).WithName("ListStatements")
            .WithSummary("Frozen statements, newest month first; query: user, month (2026-11), limit (1-1000), after (id). Next page in the Link header.");
        group.MapGet("/v1/statements/{id}", FindAsync).WithName("Statement")
            .Produces<StatementDocument>(StatusCodes.Status200OK, "application/json", "text/csv", "text/html")
            .WithSummary("A frozen statement; query: format (json, csv or html, a page to print).");
        group.MapPost("/v1/statements/{id}/verify", VerifyAsync).WithName("VerifyStatement")
            .WithSummary("Computes a statement again, from raw samples where they are kept, and names what differs.");
        group.MapPost("/v1/statements/verify", VerifyMonthAsync).WithName("VerifyStatements")
            .RequireAuthorization(Scopes.Admin)
            .WithSummary("Computes every statement of a month again; query: month (2026-11, the last one with statements unless given).");
    }

    private static async Task<Ok<IReadOnlyList<FrozenStatement>>> ListAsync(
        string? user, string? month, string? limit, string? after, StatementStore statements, DatabaseExecutor database, Viewer viewer, HttpContext http,
        CancellationToken cancellationToken)
    {
        var owner = Parameters.IdOrNull(user, "the user's id") ?? viewer.UserId;
        if (!viewer.MaySeeUser(owner))
            throw Viewer.Forbidden();
        var (of, count, last) = (DayRange.Month(month), Paging.Limit(limit), Parameters.IdOrNull(after, "the id of the last statement of the page before"));

        var page = await database.ReadAsync(token => statements.ListAsync(owner, of, last, count, token), cancellationToken);
        if (page.Count == count)
            Paging.LinkNext(http, page[^1].Id.ToString());
        return TypedResults.Ok(page);
    }

    private static async Task<Results<Ok<StatementDocument>, ContentHttpResult, ProblemHttpResult>> FindAsync(
        string id, string? format, StatementStore statements, RateCardStore cards, DatabaseExecutor database, Viewer viewer, CancellationToken cancellationToken)
    {
        var statement = Parameters.Id(id, "the statement's id");
        if (format is not (null or "json" or "csv" or "html"))
            throw new ParameterException("format", "Give json, csv or html, or leave it out.");
        var head = await database.ReadAsync(token => statements.FindAsync(statement, token), cancellationToken);
        if (head is null || !viewer.MaySeeUser(head.UserId))
            return Unknown(statement);
        var (lines, adjustments) = await database.ReadAsync(token => statements.LinesAsync(statement, token), cancellationToken);
        var document = new StatementDocument(head, lines, adjustments);
        if (format is null or "json")
            return TypedResults.Ok(document);
        var names = await database.ReadAsync(token => statements.NamesAsync(statement, token), cancellationToken);
        if (format == "csv")
            return TypedResults.Text(StatementCsv.Of(document, names), "text/csv", Encoding.UTF8);
        var card = (await database.ReadAsync(cards.AllAsync, cancellationToken)).Single(card => card.Version == head.RateCard);
        return TypedResults.Text(StatementPage.Of(document, names, card.Decimals), "text/html", Encoding.UTF8);
    }

    private static async Task<Results<Ok<StatementProof>, ProblemHttpResult>> VerifyAsync(
        string id, StatementStore statements, StatementVerifier verifier, DatabaseExecutor database, Viewer viewer, CancellationToken cancellationToken)
    {
        var statement = Parameters.Id(id, "the statement's id");
        var head = await database.ReadAsync(token => statements.FindAsync(statement, token), cancellationToken);
        return head is not null && viewer.MaySeeUser(head.UserId) && await database.RunLongAsync(token => verifier.VerifyAsync(statement, token), cancellationToken) is { } proof
            ? TypedResults.Ok(proof) : Unknown(statement);
    }

    private static async Task<Ok<IReadOnlyList<StatementProof>>> VerifyMonthAsync(
        string? month, StatementStore statements, StatementVerifier verifier, DatabaseExecutor database, CancellationToken cancellationToken)
    {
        var of = DayRange.Month(month);
        if (of is null && await database.ReadAsync(token => statements.ListAsync(null, null, null, 1, token), cancellationToken) is [var newest])
            of = newest.Month;
        var proofs = new List<StatementProof>();
        for (Guid? last = null; ;)
        {
            var page = await database.ReadAsync(token => statements.ListAsync(null, of, last, BatchSize, token), cancellationToken);
            foreach (var statement in page)
            {
                if (await database.RunLongAsync(token => verifier.VerifyAsync(statement.Id, token), cancellationToken) is { } proof)
                    proofs.Add(proof);
            }
            if (page.Count < BatchSize)
                return TypedResults.Ok<IReadOnlyList<StatementProof>>(proofs);
            last = page[^1].Id;
        }
    }

    // The same for another's: whether a statement exists is its user's business.
    private static ProblemHttpResult Unknown(Guid statement) => TypedResults.Problem(
        $"There is no statement {statement} that the key may see.", statusCode: StatusCodes.Status404NotFound, title: "Unknown statement");
}
