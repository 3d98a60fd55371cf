using LaunchStack.Usage.History;

namespace LaunchStack.Aggregator.Reading;

/// <summary>Registers what the endpoints read with.</summary>
public static class ReadingSetup
{
    /// <summary>Adds the turns of readers, and says at start which schema is read.</summary>
    public static void AddReading(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<ReadTurnFilter.Shares>();
        builder.Services.AddHostedService<SchemaReport>();
    }
}
