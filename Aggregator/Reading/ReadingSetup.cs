using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Reading;

/// <summary>Registers what the endpoints read with.</summary>
public static class ReadingSetup
{
    /// <summary>Adds <see cref="UsageReader"/>, and says at start which schema it reads.</summary>
    public static void AddReading(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<UsageReader>();
        builder.Services.AddSingleton<ReadTurnFilter.Shares>();
        builder.Services.AddHostedService<SchemaReport>();
    }
}
