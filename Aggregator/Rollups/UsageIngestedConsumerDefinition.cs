using MassTransit;
using Microsoft.Extensions.Options;

namespace LaunchStack.Aggregator.Rollups;

/// <summary>How <see cref="UsageIngestedConsumer"/> is fed. Retry and the error queue are those of <c>AddMessaging</c>.</summary>
internal sealed class UsageIngestedConsumerDefinition : ConsumerDefinition<UsageIngestedConsumer>
{
    // That share a refresh.
    private const int MaxEvents = 1_000;

    private readonly RollupOptions _options;

    public UsageIngestedConsumerDefinition(IOptions<RollupOptions> options)
    {
        _options = options.Value;
        EndpointName = "usage-rollups";
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<UsageIngestedConsumer> consumerConfigurator,
        IRegistrationContext context)
    {
        // A batch can only fill with what has been taken from the queue; two so that the next one fills during a refresh.
        endpointConfigurator.PrefetchCount = MaxEvents * 2;
        consumerConfigurator.Options<BatchOptions>(batch => batch
            .SetMessageLimit(MaxEvents)
            .SetTimeLimit(_options.Debounce)
            .SetConcurrencyLimit(1));
    }
}
