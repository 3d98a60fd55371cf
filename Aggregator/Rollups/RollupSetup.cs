using LaunchStack.ServiceDefaults;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>Registers what keeps the rollups fresh.</summary>
public static class RollupSetup
{
    /// <summary>Adds the refresher.</summary>
    public static void AddRollups(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<RollupOptions>(RollupOptions.Section);
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptions<RollupOptions>>().Value);
        builder.Services.AddSingleton<RollupStore>();
        builder.Services.AddSingleton<RollupLock>();
        builder.Services.AddSingleton<RollupRefresher>();
    }

    /// <summary>Adds the consumer of <c>UsageIngested</c>.</summary>
    public static void AddRollups(this IBusRegistrationConfigurator bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        bus.AddConsumer<UsageIngestedConsumer, UsageIngestedConsumerDefinition>();
    }
}
