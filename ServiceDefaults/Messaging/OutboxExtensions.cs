using LaunchStack.Usage.Outbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults;

/// <summary>Publishes what stands in the outbox table.</summary>
public static class OutboxExtensions
{
    /// <summary>Adds the relay from the outbox table to the bus; needs <c>AddTimescale</c> and <c>AddMessaging</c>.</summary>
    public static TBuilder AddOutboxRelay<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton<OutboxSignal>();
        builder.Services.TryAddSingleton<OutboxStore>();
        builder.Services.TryAddSingleton<IOutboxPublisher, OutboxPublisher>();
        builder.Services.AddHostedService<OutboxRelay>();
        return builder;
    }
}
