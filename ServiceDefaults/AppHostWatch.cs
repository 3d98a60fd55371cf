using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults;

/// <summary>
/// Ends a service with the app host that started it (<c>AppHost:ProcessId</c>; absent elsewhere). The orchestrator ends <c>dotnet run</c>
/// and what it has started; one that is ended while it starts the service leaves it without a parent, and nobody would end it.
/// </summary>
internal sealed class AppHostWatch(IConfiguration configuration, IHostApplicationLifetime lifetime) : BackgroundService
{
    public const string ProcessId = "AppHost:ProcessId";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (configuration.GetValue<int?>(ProcessId) is not { } id)
            return;
        try
        {
            using var appHost = Process.GetProcessById(id);
            await appHost.WaitForExitAsync(stoppingToken);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
        lifetime.StopApplication();
    }
}
