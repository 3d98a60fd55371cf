using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Instances;
using LaunchStack.ServiceDefaults.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Keys, for administrators.</summary>
public static class KeyEndpoints
{
    /// <summary>Maps <c>POST</c>, <c>GET</c> and <c>DELETE</c> under <c>/v1/keys</c>.</summary>
    public static RouteGroupBuilder MapKeys(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/keys").WithTags("Keys").RequireAuthorization(Scopes.Admin);
        group.MapPost("", PostAsync).WithName("PostKey").WithSummary("Makes a key. The answer shows it; nothing shows it again.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapGet("", GetAsync).WithName("GetKeys").WithSummary("All keys, newest first, without the keys themselves.");
        group.MapDelete("/{id:guid}", DeleteAsync).WithName("DeleteKey").WithSummary("Revokes a key, everywhere within 5 seconds.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        return group;
    }

    private static async Task<Created<MadeKey>> PostAsync(NewKey body, KeyStore keys, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Fault(body, time.GetUtcNow()) is { } fault)
            throw new RequestException(StatusCodes.Status400BadRequest, fault);
        try
        {
            var (key, details) = await keys.MakeAsync(body with { Name = body.Name!.Trim() }, cancellationToken);
            return TypedResults.Created($"/v1/keys/{details.Id}", new MadeKey(key, details));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new RequestException(StatusCodes.Status422UnprocessableEntity, $"user_id: there is no user {body.UserId}.", e);
        }
    }

    private static async Task<Ok<List<ApiKey>>> GetAsync(KeyStore keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.ListAsync(cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id, KeyStore keys, KeyCache cache, CancellationToken cancellationToken)
    {
        if (!await keys.RevokeAsync(id, cancellationToken))
            return TypedResults.Problem($"There is no key {id}.", statusCode: StatusCodes.Status404NotFound);
        cache.Clear();
        return TypedResults.NoContent();
    }

    private static string? Fault(NewKey body, DateTimeOffset now)
    {
        if (!NameText.IsValid(body.Name?.Trim()))
            return NameText.Form;
        if (body.Scopes is not { Count: > 0 } scopes)
            return $"scopes: at least one of {string.Join(", ", Scopes.All)}.";
        if (scopes.FirstOrDefault(scope => !Scopes.All.Contains(scope)) is { } unknown)
            return $"scopes: '{Printable.Of(unknown)}' is none of {string.Join(", ", Scopes.All)}.";
        if (body is { UserId: not null, InstanceId: not null })
            return "user_id, instance_id: a key is bound to one of them at most.";
        if ((body.UserId ?? body.InstanceId) is not null && scopes.Contains(Scopes.Admin))
            return "scopes: an admin key cannot be bound.";
        if (body.SamplesPerSecond <= 0 || body.Burst <= 0)
            return "samples_per_second, burst: positive, or absent for no limit.";
        if (body.Burst is not null && body.SamplesPerSecond is null)
            return "burst: means nothing without samples_per_second.";
        if (body.NewInstancesPerDay < 0)
            return "new_instances_per_day: not negative, or absent for no limit.";
        return body.ExpiresAt <= now ? "expires_at: lies in the past." : null;
    }
}
