namespace LaunchStack.Dashboard.Resources;

internal static class ResourceServices
{
    public static void AddResourceService(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ResourceServiceClient>().AddSingleton<ResourceBoard>();
        builder.Services.AddHostedService<ResourceWatcher>();
    }
}
