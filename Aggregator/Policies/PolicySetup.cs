using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace LaunchStack.Aggregator.Policies;

/// <summary>Registers what runs policies.</summary>
public static class PolicySetup
{
    /// <summary>Adds the runner; it ends by itself over the original schema, which has no policies.</summary>
    public static void AddPolicies(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<PolicyOptions>(PolicyOptions.Section);
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptions<PolicyOptions>>().Value);
        builder.Services.AddSingleton<PolicyStore>();
        builder.Services.AddSingleton<PolicyRunner>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<PolicyRunner>());
    }
}
