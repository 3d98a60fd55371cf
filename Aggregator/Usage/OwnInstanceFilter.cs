using LaunchStack.Auth;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Usage;

/// <summary>A key that is bound to an instance, or to a user, reads no other's: 403 names the instance.</summary>
internal sealed class OwnInstanceFilter(UsageReader reader) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var isForeign = KeyIdentity.Of(http) is { } key && Guid.TryParse(http.GetRouteValue("id") as string, out var instance)
            && (key.InstanceId is { } own ? own != instance
                : key.UserId is { } user && !await reader.IsOwnedAsync(instance, user, http.RequestAborted));
        return isForeign
            ? TypedResults.Problem($"The key may not read instance {http.GetRouteValue("id")}.", statusCode: StatusCodes.Status403Forbidden)
            : await next(context);
    }
}
