using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Bodies;

namespace LaunchStack.Ingest.Api.Auth;

/// <summary>Takes off a key's rate what its request made the service do, whatever came of it.</summary>
internal sealed class WorkFilter(KeyLimits limits) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        finally
        {
            if (KeyIdentity.Of(http) is { } key)
                limits.SpendWork(key, RequestWork.Of(http).Bytes);
        }
    }
}
