using LaunchStack.Auth;
using LaunchStack.Operations.Monitoring;
using LaunchStack.Usage.Samples;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LaunchStack.Operations.Advice;

/// <summary><c>/v1/database/advice</c>.</summary>
public static class AdviceEndpoints
{
    /// <summary>Adds what measures and proposes.</summary>
    public static void AddAdvice(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<MeasurementReader>();
        builder.Services.AddSingleton<SettingsTrial>();
    }

    /// <summary>Maps the proposals and their trial.</summary>
    public static RouteGroupBuilder MapAdvice(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/database/advice").WithTags("Database").RequireAuthorization(Scopes.Admin);
        group.MapGet("", ReadAsync).WithName("GetAdvice")
            .WithSummary("Settings as they are and as they might be, with the reason in figures and what sets them. 503 while there is too little to measure.");
        group.MapPost("/try", TryAsync).WithName("TryAdvice")
            .WithSummary("Measures chunk_interval_seconds, segment_by or order_by on a copy of one chunk, beside today's settings; answers when it is done.");
        return group;
    }

    private static async Task<Results<Ok<AdviceReport>, ProblemHttpResult>> ReadAsync(
        DatabaseMonitor monitor, MeasurementReader reader, IConfiguration configuration, CancellationToken cancellationToken) =>
        monitor.Latest is { } report && await reader.ReadAsync(report.Database, cancellationToken) is { } measured
            ? TypedResults.Ok(new AdviceReport(measured, Advisor.Propose(measured, configuration.GetValue("Metering:Grace", StatementNeed.DefaultGrace))))
            : TypedResults.Problem(
                "There are too few samples to measure by, or none of them has been analyzed yet.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too little to measure");

    private static async Task<Results<Ok<TryResult>, ProblemHttpResult>> TryAsync(
        TryBody body, DatabaseMonitor monitor, SettingsTrial trial, CancellationToken cancellationToken) =>
        monitor.Latest?.Database.Relations.FirstOrDefault(relation => relation.Name == "resource_usage") is { ChunkIntervalSeconds: { } interval }
            ? TypedResults.Ok(await trial.RunAsync(body, interval, cancellationToken))
            : TypedResults.Problem("The database has not been read yet, or holds no samples.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not read yet");
}
