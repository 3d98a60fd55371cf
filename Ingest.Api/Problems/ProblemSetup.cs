using System.Text.Json;
using System.Text.Json.Serialization;

namespace LaunchStack.Ingest.Api.Problems;

/// <summary>Every error answer of this service is a problem document (RFC 9457).</summary>
public static class ProblemSetup
{
    /// <summary>Registers the mapping of exceptions; JSON is snake_case as on the wire everywhere.</summary>
    public static void AddProblems(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddExceptionHandler<ProblemHandler>();
        builder.Services.AddProblemDetails();
        // Otherwise a body that does not bind is a bare 400 that names no place.
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
    }

    /// <summary>Puts it first in the pipeline; also gives 401, 404, 405 and 415 of the framework their body.</summary>
    public static void UseProblems(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages(static context =>
        {
            var http = context.HttpContext;
            return TypedResults.Problem(Explain(http), statusCode: http.Response.StatusCode).ExecuteAsync(http);
        });
    }

    private static string? Explain(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status401Unauthorized => "Send a valid key: 'Authorization: Bearer <key>'.",
        StatusCodes.Status403Forbidden => "The key may not do this.",
        StatusCodes.Status404NotFound => $"There is nothing at {Printable.Of(http.Request.Path)}. /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => $"{Printable.Of(http.Request.Method)} is not possible here; see the Allow header.",
        StatusCodes.Status415UnsupportedMediaType =>
            $"Content-Type '{Printable.Of(http.Request.ContentType)}' is not understood here; /openapi/v1.json says what is.",
        _ => null,
    };
}
