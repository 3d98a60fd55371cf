using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>What all endpoints of metering have in common: the schema they need, parameters that are known and given once, a database that is there.</summary>
internal sealed class MeteringFilter(UsageReader reader) : IEndpointFilter
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var known = http.GetEndpoint()?.Metadata.GetMetadata<KnownParameters>()?.Names ?? [];
        foreach (var (name, values) in http.Request.Query)
        {
            if (!known.Contains(name))
                return ParameterProblem.Of(name, known.Count == 0 ? "There are no parameters here." : $"There is no such parameter here, but {string.Join(", ", known)}.");
            if (values.Count > 1)
                return ParameterProblem.Of(name, "Give it once.");
        }
        if ((await reader.DetectAsync(http.RequestAborted)).Schema == UsageSchema.Legacy)
            return TypedResults.Problem("The original schema is not metered.", statusCode: StatusCodes.Status409Conflict, title: "No metering");
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is NpgsqlException { IsTransient: true } or TimeoutException)
        {
            throw new DatabaseUnavailableException($"The database does not answer: {e.Message}", RetryAfter, e);
        }
    }
}
