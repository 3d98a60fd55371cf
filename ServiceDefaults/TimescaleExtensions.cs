using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LaunchStack.ServiceDefaults;

/// <summary>The connection to TimescaleDB.</summary>
public static class TimescaleExtensions
{
    /// <summary>
    /// Registers the <see cref="NpgsqlDataSource"/> behind <c>ConnectionStrings:{name}</c>, with health check, traces and metrics.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection string is missing.</exception>
    public static TBuilder AddTimescale<TBuilder>(this TBuilder builder, string name = "launchstack")
        where TBuilder : IHostApplicationBuilder
    {
        var connectionString = builder.Configuration.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new InvalidOperationException(
                $"ConnectionStrings:{name} is missing. Start under the AppHost, or set ConnectionStrings__{name} in the environment.");
        connectionString = ForAnyEngine(connectionString);

#if USE_ASPIRE
        builder.AddNpgsqlDataSource(name, settings => settings.ConnectionString = connectionString, TraceWithinTraces);
#else
        builder.Services.AddNpgsqlDataSource(connectionString, TraceWithinTraces);
        builder.Services.AddHealthChecks().AddCheck<TimescaleHealthCheck>("timescale");
#endif
        return builder;
    }

    // A statement outside of any trace is a poll or a health check: a span every second that tells nothing.
    private static bool IsTraced => Activity.Current is { Recorded: true };

    private static void TraceWithinTraces(NpgsqlDataSourceBuilder builder) => builder.ConfigureTracing(tracing => tracing
        .ConfigureCommandFilter(_ => IsTraced)
        .ConfigureBatchFilter(_ => IsTraced)
        .ConfigureCopyOperationFilter(_ => IsTraced));

    /// <summary>
    /// Sets what the embedded database needs and a native one does not mind: its one session is shared by all clients, so there is
    /// nothing to reset on close and no statement of ours to keep prepared.
    /// </summary>
    public static string ForAnyEngine(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, MaxAutoPrepare = 0 };
        if (!builder.ContainsKey("Timeout"))
            builder.Timeout = 5;
        return builder.ConnectionString;
    }
}
