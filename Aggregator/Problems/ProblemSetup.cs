using System.Text.Json;

namespace LaunchStack.Aggregator.Problems;

/// <summary>Every error answer is a problem document (RFC 9457); JSON is snake_case, as everywhere on the wire.</summary>
public static class ProblemSetup
{
    /// <summary>Registers the mapping of exceptions and the naming of JSON members.</summary>
    public static void AddProblems(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddExceptionHandler<DatabaseUnavailableHandler>();
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
    }

    /// <summary>Puts it first in the pipeline; also gives the framework's own 404 and 405 their body.</summary>
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
