using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace LaunchStack.Aggregator.Metering;

/// <summary>Registers metering.</summary>
public static class MeteringSetup
{
    /// <summary>Adds the runner and what its endpoints need.</summary>
    public static void AddMetering(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSection<MeteringOptions>(MeteringOptions.Section);
        builder.Services.AddSingleton(provider => provider.GetRequiredService<IOptions<MeteringOptions>>().Value);
        builder.Services.AddSingleton<MeteringClaim>();
        builder.Services.AddSingleton<MeteringReader>();
        builder.Services.AddSingleton<MeteringPasses>();
        builder.Services.AddSingleton<GapRuleStore>();
        builder.Services.AddSingleton<DayStore>();
        builder.Services.AddSingleton<UsageLines>();
        builder.Services.AddSingleton<RateCardStore>();
        builder.Services.AddSingleton<StatementStore>();
        builder.Services.AddSingleton<StatementVerifier>();
        builder.Services.AddSingleton<BudgetStore>();
        builder.Services.AddHostedService<MeteringRunner>();
    }
}
