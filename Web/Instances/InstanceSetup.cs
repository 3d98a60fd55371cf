namespace LaunchStack.Web.Instances;

/// <summary>Registers what the pages of instances read with.</summary>
internal static class InstanceSetup
{
    public static void AddInstances(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<InstanceList>();
        builder.Services.AddScoped<UsageChartReader>();
    }
}
