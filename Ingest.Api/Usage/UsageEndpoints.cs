using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Ingest.Api.Bodies;
using LaunchStack.Ingest.Api.Writing;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Ingest.Api.Usage;

/// <summary>Samples in the system's own JSON.</summary>
public static class UsageEndpoints
{
    /// <summary>Maps <c>POST /v1/usage</c>.</summary>
    public static RouteGroupBuilder MapUsage(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/usage").WithTags("Usage").RequireAuthorization(Scopes.Ingest);
        group.MapPost("", PostAsync)
            .AddEndpointFilter<WorkFilter>()
            .WithName("PostUsage")
            .WithSummary("One sample, an array of samples, or NDJSON; gzip, deflate, br or zstd. Answers after the commit.")
            .Accepts<UsageSampleBody[]>(UsageFormats.Json, UsageFormats.Ndjson)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return group;
    }

    private static async Task<Results<Ok<UsageAnswer>, ProblemHttpResult>> PostAsync(
        HttpContext http, IngestPipeline pipeline, BodyMemory memory, CancellationToken cancellationToken)
    {
        var format = UsageFormats.Of(http.Request);
        // Before the body is read: a full queue or a missing database turns the request away at once.
        var caller = KeyIdentity.Of(http);
        using var batch = pipeline.Open(caller, ConflictMode.Skip);
        var seen = await ReadAsync(http.Request, format, batch, memory.Of(caller), cancellationToken);
        if (seen == 0)
            return TypedResults.Problem("The body holds no sample.", statusCode: StatusCodes.Status400BadRequest);

        var outcome = await pipeline.IngestAsync(caller, batch, cancellationToken);
        return outcome.Accepted + outcome.Duplicates > 0
            ? TypedResults.Ok(new UsageAnswer(outcome.Accepted, outcome.Duplicates, outcome.Rejected))
            : TypedResults.Problem(
                Summary(outcome),
                statusCode: StatusCodes.Status400BadRequest,
                title: "No sample was kept",
                extensions: new Dictionary<string, object?> { ["accepted"] = 0, ["duplicates"] = 0, ["rejected"] = outcome.Rejected });
    }

    private static async Task<int> ReadAsync(
        HttpRequest request, UsageFormat format, UsageBatch batch, BodyMemory memory, CancellationToken cancellationToken)
    {
        await using var stream = RequestBody.Open(request, memory);
        using var body = new UsageBody(stream, memory);
        return format == UsageFormat.Ndjson
            ? await new NdjsonUsageParser(body, batch, memory.Limits.MaxSamples).ReadAsync(cancellationToken)
            : await new JsonUsageParser(body, batch, memory.Limits.MaxSamples).ReadAsync(cancellationToken);
    }

    private static string Summary(UsageOutcome outcome)
    {
        var first = outcome.Rejected[0];
        return outcome.Rejected.Count == 1
            ? $"Sample {first.Index}: {first.Detail}"
            : $"All {outcome.Rejected.Count} samples were rejected. Sample {first.Index}: {first.Detail}";
    }
}
