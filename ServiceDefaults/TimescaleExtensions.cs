using System.Diagnostics;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LaunchStack.ServiceDefaults;

/// <summary>The connection to TimescaleDB.</summary>
public static class TimescaleExtensions
{
    /// <summary>
    /// Registers the <see cref="NpgsqlDataSource"/> behind <c>ConnectionStrings:{name}</c> by Aspire's client integration, with its traces
    /// and metrics, the <see cref="DatabaseExecutor"/> and the <see cref="UsageReader"/> over it, and a health check that reads.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="maxPoolSize">
    /// Most connections the service opens, unless the connection string says <c>Maximum Pool Size</c>. A server takes 100 by default:
    /// ingest-api 24, aggregator 12, operations 6, twice each as two replicas, leave 16 for a migrator and an operator.
    /// </param>
    /// <param name="name">Name of the connection string.</param>
    /// <exception cref="InvalidOperationException">The connection string is missing.</exception>
    public static TBuilder AddTimescale<TBuilder>(this TBuilder builder, int maxPoolSize, string name = "launchstack")
        where TBuilder : IHostApplicationBuilder
    {
        var connectionString = builder.Configuration.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new InvalidOperationException(
                $"ConnectionStrings:{name} is missing. Start under the AppHost, or set ConnectionStrings__{name} in the environment.");

        builder.AddNpgsqlDataSource(
            name,
            settings =>
            {
                settings.ConnectionString = Complete(connectionString, maxPoolSize);
                // Its cancellation needs the server: one that hangs would hang the check.
                settings.DisableHealthChecks = true;
                settings.DisableTracing = settings.DisableMetrics = !TelemetryExtensions.IsExported(builder.Configuration);
            },
            TraceWithinTraces);
        builder.Services.TryAddSingleton<DatabaseExecutor>(provider =>
            new(provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddSingleton<UsageReader>();
        builder.Services.TryAddSingleton<DatabaseHealthCheck>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database");
        return builder;
    }

    // A statement outside of any trace is a poll or a health check: a span every second that tells nothing.
    private static bool IsTraced => Activity.Current is { Recorded: true };

    private static void TraceWithinTraces(NpgsqlDataSourceBuilder builder) => builder.ConfigureTracing(tracing => tracing
        .ConfigureCommandFilter(_ => IsTraced)
        .ConfigureBatchFilter(_ => IsTraced)
        .ConfigureCopyOperationFilter(_ => IsTraced));

    /// <summary>
    /// Sets what the connection string leaves open. Statements are prepared from their fifth run on: planning took longer than running them.
    /// Nothing is reset on close: none of ours changes its session, and the embedded database has one for all. A connection whose peer is gone
    /// breaks within 45 s (Linux asks nine times): without that a refresh or a compression would wait for its own limit, up to 15 minutes.
    /// While it is asked no firewall forgets it.
    /// </summary>
    public static string Complete(string connectionString, int maxPoolSize)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, ClientEncoding = "UTF8", Encoding = "UTF8" };
        Default("Max Auto Prepare", 50);
        Default("Timeout", 5);
        Default("Maximum Pool Size", maxPoolSize);
        Default("TCP Keepalive Time", 18);
        Default("TCP Keepalive Interval", 3);
        return builder.ConnectionString;

        void Default(string keyword, int value)
        {
            // ContainsKey is true of every keyword that Npgsql knows.
            if (!builder.ShouldSerialize(keyword))
                builder[keyword] = value;
        }
    }
}
