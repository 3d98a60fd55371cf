using LaunchStack.Usage.Database;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LaunchStack.ServiceDefaults;

/// <summary>The bus: MassTransit over RabbitMQ, durable quorum queues, retry with backoff, then the error queue.</summary>
public static class MessagingExtensions
{
    // Within what our brokers wait for an acknowledgement (consumer_timeout): what they take back comes again, and counts as a delivery.
    private static readonly TimeSpan MaxOutage = TimeSpan.FromDays(1);
    private static readonly TimeSpan OutageInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Adds the bus behind <c>ConnectionStrings:{name}</c> (an <c>amqp://</c> URI). A broker that is away delays nothing: the bus
    /// connects in the background and goes on trying; what must not be lost is published through the outbox.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection string is missing or is no <c>amqp://</c> URI.</exception>
    public static TBuilder AddMessaging<TBuilder>(
        this TBuilder builder, string name = "messaging", Action<IBusRegistrationConfigurator>? consumers = null)
        where TBuilder : IHostApplicationBuilder
    {
        var connectionString = builder.Configuration.GetConnectionString(name);
        if (!Uri.TryCreate(connectionString, UriKind.Absolute, out var broker) || broker.Scheme is not ("amqp" or "amqps"))
            throw new InvalidOperationException(
                $"ConnectionStrings:{name} is missing or is not an amqp:// URI. Start under the AppHost, or set ConnectionStrings__{name}.");

        var names = new ErrorQueueNames();
        if (consumers is not null)
        {
            builder.Services.AddSingleton(provider => new ErrorQueues(
                broker, names, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ErrorQueues>>()));
            builder.Services.AddSingleton<ErrorQueueMonitor>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<ErrorQueueMonitor>());
            builder.Services.AddHealthChecks().AddCheck<ErrorQueueMonitor>("error-queues");
        }

        // What a consumer has not finished by then comes again: it is not acknowledged.
        builder.Services.Configure<MassTransitHostOptions>(options =>
        {
            options.ConsumerStopTimeout = TimeSpan.FromSeconds(2);
            options.StopTimeout = TimeSpan.FromSeconds(4);
        });
        builder.Services.AddMassTransit(bus =>
        {
            // It would report to the library's makers over the internet.
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            // Without a broker events wait in the outbox and everything else goes on: no reason to take the service out of rotation.
            bus.ConfigureHealthCheckOptions(options => options.MinimalFailureStatus = HealthStatus.Degraded);
            consumers?.Invoke(bus);
            bus.AddConfigureEndpointsCallback((_, queue, endpoint) =>
            {
                names.Add(queue);
                // While the database is away nothing is wrong with the message: it is tried until it is back.
                endpoint.UseMessageRetry(retry =>
                {
                    retry.Handle<DatabaseUnavailableException>();
                    retry.Handle<NpgsqlException>(e => e.IsTransient || PostgresErrors.IsOutage(e));
                    retry.Interval((int)(MaxOutage / OutageInterval), OutageInterval);
                });
                // Five tries within about a minute ride out a restarted database; then the message waits in the error queue.
                endpoint.UseMessageRetry(retry => retry.Exponential(
                    5, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2)));
                if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
                    rabbit.SetQuorumQueue();
            });
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(broker);
                rabbit.ConfigureEndpoints(context);
            });
        });
        return builder;
    }
}
