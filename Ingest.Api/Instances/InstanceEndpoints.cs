using LaunchStack.Auth;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Instances;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Ingest.Api.Instances;

/// <summary>Registration of instances.</summary>
public static class InstanceEndpoints
{
    /// <summary>Maps <c>PUT /v1/instances/{id}</c>.</summary>
    public static RouteGroupBuilder MapInstances(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/instances").WithTags("Instances").RequireAuthorization(Scopes.Admin);
        group.MapPut("/{id}", PutAsync)
            .WithName("PutInstance")
            .WithSummary("Registers an instance, or changes its name and user. The same request twice is the same as once.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return group;
    }

    private static async Task<Results<Created<Instance>, Ok<Instance>>> PutAsync(
        string id, InstanceBody? body, InstanceRegistry instances, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out var instance))
            throw new RequestException(StatusCodes.Status400BadRequest, $"'{Printable.Of(id)}' is not a UUID of the form 8-4-4-4-12.");
        var name = body?.Name?.Trim();
        if (name is not null && !NameText.IsValid(name))
            throw new RequestException(StatusCodes.Status400BadRequest, NameText.Form);
        if (Guid.TryParseExact(name, "D", out var named) && named != instance)
            throw new RequestException(
                StatusCodes.Status400BadRequest, $"name: '{name}' is a UUID, which in a series' label means the instance of that id. Give it another name.");

        var (registered, isNew) = await instances.PutAsync(new(instance, name, body?.UserId), cancellationToken);
        return isNew ? TypedResults.Created($"/v1/instances/{instance}", registered) : TypedResults.Ok(registered);
    }
}
