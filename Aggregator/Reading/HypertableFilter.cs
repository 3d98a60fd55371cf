using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Reading;

/// <summary>409 over the original schema, which has nothing of what the endpoints are about.</summary>
/// <param name="title">What there is not.</param>
/// <param name="detail">The same as a sentence.</param>
internal sealed class HypertableFilter(string title, string detail) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var database = await http.RequestServices.GetRequiredService<UsageReader>().DetectAsync(http.RequestAborted);
        return database.Schema == UsageSchema.Legacy
            ? TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict, title: title)
            : await next(context);
    }
}
