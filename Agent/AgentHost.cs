using LaunchStack.Agent.Delivery;
using LaunchStack.Agent.Sampling;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.State;
using LaunchStack.Agent.Telemetry;
using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent;

/// <summary>Puts the agent together: sources → spool → delivery.</summary>
internal static class AgentHost
{
    public static IHostApplicationBuilder AddAgent(this IHostApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);

        var services = builder.Services;
        services.AddSingleton<IValidateOptions<AgentOptions>, AgentOptionsValidator>();
        services.AddOptions<AgentOptions>().BindConfiguration(AgentOptions.Section).ValidateOnStart();

        services.AddSingleton(provider => StateDirectory.Open(
            Options(provider).StateDirectory, provider.GetRequiredService<ILogger<StateDirectory>>()));
        services.AddSingleton<AgentMetrics>();
        services.AddSingleton<SampleClock>();
        services.AddSingleton(UsageSources.Create);
        services.AddSpool();
        services.AddDelivery();

        // Stopped in the opposite order: sampling first, so that the last samples are on disk before delivery ends.
        services.AddHostedService<DeliveryLoop>();
        services.AddHostedService<SamplingLoop>();
        return builder;
    }

    private static void AddSpool(this IServiceCollection services)
    {
        services.AddSingleton<SpoolLossReport>();
        services.AddSingleton(provider =>
        {
            var spool = Spool.Open(
                provider.GetRequiredService<StateDirectory>().Spool,
                Options(provider).Spool,
                provider.GetRequiredService<SpoolLossReport>().Report,
                provider.GetRequiredService<ILogger<Spool>>());
            provider.GetRequiredService<AgentMetrics>().Watch(spool);
            return spool;
        });
    }

    private static void AddDelivery(this IServiceCollection services)
    {
        services.AddSingleton<BearerKey>();
        services.AddSingleton<InstanceRegistrar>();
        services.AddSingleton<UsageSender>();
        services.AddSingleton(provider => new DeadLetters(
            provider.GetRequiredService<StateDirectory>().Path,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DeadLetters>>()));
        services.AddSingleton(provider => new Backoff(Options(provider).Delivery, Random.Shared.NextDouble));
        services.AddSingleton(provider => new IngestClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(IngestClient)),
            provider.GetRequiredService<BearerKey>(),
            provider.GetRequiredService<TimeProvider>()));

        var client = services.AddHttpClient(nameof(IngestClient), (provider, http) =>
        {
            http.BaseAddress = WithSlash(Options(provider).Endpoint);
            http.Timeout = Options(provider).Delivery.RequestTimeout;
            http.MaxResponseContentBufferSize = IngestClient.MaxReplyBytes;
        });

        // One client for the agent's life: connections are renewed so that an address that moved is found again. A redirect is
        // a wrong address, and following one would carry the key elsewhere.
        client.UseSocketsHttpHandler((handler, _) =>
        {
            handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
            handler.AllowAutoRedirect = false;
            handler.UseCookies = false;
        });
        client.SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private static AgentOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<AgentOptions>>().Value;

    private static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
}
