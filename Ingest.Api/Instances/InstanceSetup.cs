namespace LaunchStack.Ingest.Api.Instances;

/// <summary>Registers the feature's services.</summary>
public static class InstanceSetup
{
    /// <summary>Adds <see cref="InstanceStore"/>.</summary>
    public static void AddInstances(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<InstanceStore>();
    }
}
