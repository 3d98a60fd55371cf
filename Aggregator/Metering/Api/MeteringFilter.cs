using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>What all endpoints of metering have in common: the schema they need, a database that is there.</summary>
internal sealed class MeteringFilter(UsageReader reader) : IEndpointFilter
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if ((await reader.DetectAsync(http.RequestAborted)).Schema == UsageSchema.Legacy)
            return TypedResults.Problem("The original schema is not metered.", statusCode: StatusCodes.Status409Conflict, title: "No metering");
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is NpgsqlException { IsTransient: true } or TimeoutException)
        {
            throw new DatabaseUnavailableException(PostgresErrors.Describe(e), RetryAfter, e);
        }
    }
}
