using LaunchStack.Operations.Backups;
using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Operations.Monitoring.Snapshot;
using LaunchStack.ServiceDefaults;
using LaunchStack.Usage.Database;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LaunchStack.Operations.Monitoring;

/// <summary>Registers what watches the database.</summary>
public static class MonitoringSetup
{
    // Whoever holds a lock for longer is worked around: the part keeps its last values.
    private const string SessionSettings = "SET lock_timeout = '100ms'; SET statement_timeout = '5s'; SET application_name = 'launchstack-monitoring'";

    /// <summary>Adds the monitor, its metrics and one health check an alarm.</summary>
    public static void AddMonitoring(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<MonitoringOptions>(MonitoringOptions.Section);
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptions<MonitoringOptions>>().Value);
        builder.Services.AddSingleton(provider => new SnapshotReader(
            new DatabaseExecutor(DataSource(provider), provider.GetRequiredService<TimeProvider>()),
            new(provider.GetRequiredService<MonitoringOptions>(), provider.GetRequiredService<TimeProvider>()), provider.GetRequiredService<BackupStore>(),
            provider.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<AlarmBoard>();
        builder.Services.AddSingleton<DatabaseMonitor>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DatabaseMonitor>());
        builder.Services.AddSingleton<DatabaseTelemetry>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DatabaseTelemetry>());
        foreach (var rule in AlarmRules.All)
            builder.Services.AddHealthChecks().Add(new(
                rule.Name, provider => new AlarmHealthCheck(provider.GetRequiredService<AlarmBoard>(), rule), HealthStatus.Degraded, tags: null));
    }

    // A pool of its own, of one connection: its settings stay with it, and a reading never takes a connection from a request.
    private static NpgsqlDataSource DataSource(IServiceProvider provider)
    {
        var source = new NpgsqlDataSourceBuilder(TimescaleExtensions.Complete(provider.GetRequiredService<IConfiguration>().GetConnectionString("launchstack")!, 1));
        source.ConnectionStringBuilder.MaxPoolSize = 1;
        source.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(SessionSettings, connection);
                command.ExecuteNonQuery();
            },
            connection => connection.ExecuteAsync(SessionSettings, CancellationToken.None));
        return source.Build();
    }
}
