using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LaunchStack.ServiceDefaults;

/// <summary><c>/health</c> (ready: every check passes) and <c>/alive</c> (the process answers), in every environment.</summary>
public static class HealthExtensions
{
    /// <summary>Path of readiness.</summary>
    public const string ReadyPath = "/health";

    /// <summary>Path of liveness.</summary>
    public const string AlivePath = "/alive";

    private const string LiveTag = "live";

    // Whoever asks learns of a database that hangs as fast as a request does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Adds the check behind <c>/alive</c>, and the one of background work.</summary>
    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        // Asked every second, it would write the same stack trace every second; whoever asks has the answer, and what fails logs it once.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]).AddCheck<BackgroundHealthCheck>("background");
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations)
                check.Timeout = Patience;
        });
        return builder;
    }

    /// <summary>Maps <c>/health</c> and <c>/alive</c>, open to callers without a key.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions { ResponseWriter = HealthAnswer.WriteAsync }).AllowAnonymous();
        app.MapHealthChecks(
            AlivePath,
            new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag), ResponseWriter = HealthAnswer.WriteAsync }).AllowAnonymous();
        return app;
    }

    internal static bool IsHealthPath(PathString path) => path == ReadyPath || path == AlivePath;
}
