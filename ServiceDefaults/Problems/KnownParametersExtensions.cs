using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Refuses query parameters that an endpoint does not know, and those given twice.</summary>
public static class KnownParametersExtensions
{
    /// <summary>Names the endpoint's query parameters.</summary>
    public static TBuilder WithParameters<TBuilder>(this TBuilder endpoint, params IReadOnlyList<string> names)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new KnownParameters(names));

    /// <summary>Every endpoint of the group takes the parameters that it names by <see cref="WithParameters"/>, once each, and no others.</summary>
    public static RouteGroupBuilder RequireKnownParameters(this RouteGroupBuilder group) => group.AddEndpointFilter((context, next) =>
    {
        var http = context.HttpContext;
        return Check(http.Request.Query, http.GetEndpoint()?.Metadata.GetMetadata<KnownParameters>()?.Names ?? []) is { } problem
            ? ValueTask.FromResult<object?>(problem)
            : next(context);
    });

    private static ProblemHttpResult? Check(IQueryCollection query, IReadOnlyList<string> known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
            {
                return ParameterProblem.Of(
                    Printable.Of(name), known.Count == 0 ? "There are no parameters here." : $"There is no such parameter here, but {string.Join(", ", known)}.");
            }
            if (values.Count != 1)
                return ParameterProblem.Of(name, "Give it once.");
        }
        return null;
    }
}
