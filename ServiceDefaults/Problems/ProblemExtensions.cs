using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults.Problems;

/// <summary>Every error answer is a problem document (RFC 9457); JSON is snake_case, as everywhere on the wire.</summary>
public static class ProblemExtensions
{
    /// <summary>Adds the map of exceptions (<see cref="RequestFailure"/>) and the naming of JSON members.</summary>
    public static TBuilder AddProblems<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddExceptionHandler<ProblemHandler>();
        // The first that can write does.
        builder.Services.AddSingleton<IProblemDetailsWriter, FailureFormWriter>();
        builder.Services.AddProblemDetails();
        // Otherwise a body that does not bind is a bare 400 that names no place.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        return builder;
    }

    /// <summary>Puts it first in the pipeline; also gives 401, 403, 404, 405 and 415 of the framework their body.</summary>
    public static WebApplication UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(static context =>
        {
            var http = context.HttpContext;
            return TypedResults.Problem(Explain(http), statusCode: http.Response.StatusCode).ExecuteAsync(http);
        });
        return app;
    }

    private static string? Explain(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status401Unauthorized => "Send a valid key: 'Authorization: Bearer <key>'.",
        StatusCodes.Status403Forbidden => $"The key may not do this: it takes one with the scope {string.Join(" and ", Scopes(http))}.",
        StatusCodes.Status404NotFound => $"There is nothing at {Printable.Of(http.Request.Path)}. /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => $"{Printable.Of(http.Request.Method)} is not possible here; see the Allow header.",
        StatusCodes.Status415UnsupportedMediaType =>
            $"Content-Type '{Printable.Of(http.Request.ContentType)}' is not understood here; /openapi/v1.json says what is.",
        _ => null,
    };

    // Each scope has the policy of its name.
    private static IEnumerable<string?> Scopes(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).Distinct() ?? [];
}
