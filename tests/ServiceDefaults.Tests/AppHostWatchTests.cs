using System.Diagnostics;
using LaunchStack.ServiceDefaults;
using Microsoft.Extensions.Hosting;

namespace LaunchStack.ServiceDefaults.Tests;

public sealed class AppHostWatchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_ends_with_the_app_host_that_started_it()
    {
        using var appHost = Process.Start("sleep", "600");
        using var host = Service(appHost.Id);
        await host.StartAsync(Cancelled);
        var ended = host.WaitForShutdownAsync(Cancelled);
        Assert.False(ended.IsCompleted);

        appHost.Kill();

        await ended.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
    }

    [Fact]
    public async Task One_that_starts_after_the_end_of_its_app_host_ends_too()
    {
        using var appHost = Process.Start("true");
        await appHost.WaitForExitAsync(Cancelled);
        using var host = Service(appHost.Id);

        await host.RunAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
    }

    private static IHost Service(int appHost)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration[AppHostWatch.ProcessId] = $"{appHost}";
        builder.AddServiceDefaults();
        return builder.Build();
    }
}
