using LaunchStack.Ingest.Api.Usage;
using LaunchStack.ServiceDefaults;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Outbox;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Writing;

/// <summary>The way of samples, shared by all protocols.</summary>
public static class WritingSetup
{
    /// <summary>Adds <see cref="IngestPipeline"/>; how old a sample may be follows the database's own policy.</summary>
    public static void AddUsageWriting(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddSection<UsageWriterOptions>(UsageWriterOptions.Section);
        services.AddSingleton<IInstanceStore, InstanceTable>();
        services.AddSingleton<InstanceRegistry>();
        services.AddSingleton<RawRetention>();
        services.AddHostedService(p => p.GetRequiredService<RawRetention>());
        services.AddSingleton(p => new UsageWriter(
            p.GetRequiredService<DatabaseExecutor>(),
            p.GetRequiredService<IOptions<UsageWriterOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<OutboxSignal>().Notify,
            () => p.GetRequiredService<RawRetention>().Value));
        services.AddSingleton<IUsageWriter>(p => p.GetRequiredService<UsageWriter>());
        services.AddSection<DiskOptions>(DiskOptions.Section)
            .Validate(o => o.Path.Length == 0 || Directory.Exists(o.Path), "Ingest:Disk:Path is no directory of this machine. Leave it empty where the database is elsewhere.");
        services.AddSingleton<DiskGuard>();
        services.AddHealthChecks().AddCheck<DiskGuard>("disk");
        services.AddSingleton<IngestPipeline>();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, UsageJson.Default));
        services.AddHostedService<SchemaReport>();
    }
}
