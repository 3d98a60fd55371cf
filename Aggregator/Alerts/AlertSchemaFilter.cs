using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Alerts;

/// <summary>409 over the original schema, which has no alerts.</summary>
internal sealed class AlertSchemaFilter(UsageReader reader) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        (await reader.DetectAsync(context.HttpContext.RequestAborted)).Schema == UsageSchema.Legacy
            ? TypedResults.Problem("The original schema has no alerts.", statusCode: StatusCodes.Status409Conflict, title: "No alerts")
            : await next(context);
}
