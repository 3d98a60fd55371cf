using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Writes what would be problem+json in the form of those who ask at this path, where that is another (<see cref="FailureForm"/>).</summary>
internal sealed class FailureFormWriter(EndpointDataSource routes) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => FormOf(context.HttpContext) is not null;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var status = problem.Status ?? http.Response.StatusCode;
        return new(FormOf(http)!.Answer(http, new(status, problem.Detail ?? problem.Title ?? ReasonPhrases.GetReasonPhrase(status))).ExecuteAsync(http));
    }

    // By the path: another method than the endpoint's, and a path below it, lead to none; what was thrown has lost its own.
    private FailureForm? FormOf(HttpContext http) => routes.Endpoints.OfType<RouteEndpoint>()
        .Select(route => (Path: route.RoutePattern.RawText, Form: route.Metadata.GetMetadata<FailureForm>()))
        .FirstOrDefault(route => route.Form is not null && http.Request.Path.StartsWithSegments(route.Path)).Form;
}
