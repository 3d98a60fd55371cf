using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>Registers the writer that all protocols share.</summary>
public static class WritingSetup
{
    /// <summary>Section of <see cref="UsageWriterOptions"/>.</summary>
    public const string Section = "Ingest";

    /// <summary>Adds <see cref="IUsageWriter"/>; the window of accepted times follows <c>Lifecycle:RawRetention</c>.</summary>
    public static void AddUsageWriting(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<UsageWriterOptions>()
            .Configure(o => o.RawRetention = builder.Configuration.GetValue("Lifecycle:RawRetention", o.RawRetention))
            .BindConfiguration(Section)
            .ValidateDataAnnotations()
            .Validate(o => o.RawRetention > TimeSpan.Zero, "Lifecycle:RawRetention must be positive.")
            .Validate(o => o.AllowedAhead >= TimeSpan.Zero, "Ingest:AllowedAhead must not be negative.")
            .ValidateOnStart();
        services.AddSingleton(p => new InstanceDirectory(
            p.GetRequiredService<NpgsqlDataSource>(),
            p.GetRequiredService<IOptions<UsageWriterOptions>>().Value.InstanceCacheFor,
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new DatabaseExecutor(
            p.GetRequiredService<NpgsqlDataSource>(),
            p.GetRequiredService<IOptions<UsageWriterOptions>>().Value,
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new UsageWriter(
            p.GetRequiredService<NpgsqlDataSource>(),
            p.GetRequiredService<InstanceDirectory>(),
            p.GetRequiredService<IOptions<UsageWriterOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<OutboxSignal>().Notify));
        services.AddOptions<DiskOptions>().BindConfiguration(DiskOptions.Section).ValidateDataAnnotations()
            .Validate(o => o.Path.Length == 0 || Directory.Exists(o.Path), "Ingest:Disk:Path is no directory of this machine. Leave it empty where the database is elsewhere.")
            .ValidateOnStart();
        services.AddSingleton<DiskGuard>();
        services.AddHealthChecks().AddCheck<DiskGuard>("disk");
        services.AddSingleton<IUsageWriter, IngestPipeline>();
        services.AddHostedService<DatabaseReport>();
    }
}
