using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Refuses query parameters that an endpoint does not know, and those given twice.</summary>
public static class KnownParametersExtensions
{
    /// <summary>Names the query parameters of an endpoint that reads them itself.</summary>
    public static TBuilder WithParameters<TBuilder>(this TBuilder endpoint, params IReadOnlyList<string> names)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new KnownParameters(names));

    /// <summary>
    /// Every endpoint of the group takes the texts that its handler has as parameters, or those that it names by <see cref="WithParameters"/>,
    /// once each, and no others.
    /// </summary>
    public static RouteGroupBuilder RequireKnownParameters(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (!endpoint.Metadata.OfType<KnownParameters>().Any())
                endpoint.Metadata.Add(new KnownParameters([.. Bound((RouteEndpointBuilder)endpoint)]));
        });
        return group.AddEndpointFilter(CheckAsync);
    }

    private static IEnumerable<string> Bound(RouteEndpointBuilder endpoint) =>
        from parameter in endpoint.Metadata.OfType<IParameterBindingMetadata>()
        where parameter.ParameterInfo.ParameterType == typeof(string) && endpoint.RoutePattern.GetParameter(parameter.Name) is null
        select parameter.ParameterInfo.GetCustomAttributes().OfType<IFromQueryMetadata>().FirstOrDefault()?.Name ?? parameter.Name;

    private static ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var metadata = http.GetEndpoint()?.Metadata;
        if (Fault(http.Request.Query, metadata?.GetMetadata<KnownParameters>()?.Names ?? []) is not { } fault)
            return next(context);
        return ValueTask.FromResult<object?>(metadata?.GetMetadata<FailureForm>() is { } form
            ? form.Answer(http, new(fault.Status, $"{fault.Title} {fault.Message}"))
            : throw fault);
    }

    private static ParameterException? Fault(IQueryCollection query, IReadOnlyList<string> known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name))
                return new(Printable.Of(name), known.Count == 0 ? "There are no parameters here." : $"There is no such parameter here, but {string.Join(", ", known)}.");
            if (values.Count != 1)
                return new(name, "Give it once.");
        }
        return null;
    }
}
