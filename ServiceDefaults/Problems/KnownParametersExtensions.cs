using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
        var metadata = http.GetEndpoint()?.Metadata;
        if (Check(http.Request.Query, metadata?.GetMetadata<KnownParameters>()?.Names ?? []) is not var (name, detail))
            return next(context);
        return ValueTask.FromResult<object?>(metadata?.GetMetadata<FailureForm>() is { } form
            ? form.Answer(http, new(StatusCodes.Status400BadRequest, $"The parameter '{name}' is not valid. {detail}"))
            : ParameterProblem.Of(name, detail));
    });

    private static (string Name, string Detail)? Check(IQueryCollection query, IReadOnlyList<string> known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
            {
                return (Printable.Of(name), known.Count == 0 ? "There are no parameters here." : $"There is no such parameter here, but {string.Join(", ", known)}.");
            }
            if (values.Count != 1)
                return (name, "Give it once.");
        }
        return null;
    }
}
