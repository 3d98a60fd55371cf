using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>For endpoints without parameters in the query: one that is there is a mistake, and named.</summary>
internal sealed class NoQueryFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.Query.Keys.FirstOrDefault() is { } name
            ? ParameterProblem.Of(name, "There is no such parameter here.")
            : await next(context);
}
