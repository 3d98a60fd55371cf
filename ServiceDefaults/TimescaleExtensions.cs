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
        builder.AddNpgsqlDataSource(name, settings => settings.ConnectionString = connectionString);
#else
        builder.Services.AddNpgsqlDataSource(connectionString);
        builder.Services.AddHealthChecks().AddCheck<TimescaleHealthCheck>("timescale");
#endif
        return builder;
    }

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
