using LaunchStack.Agent;
using LaunchStack.Agent.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

return await AgentCommand.RunAsync(args, async settings =>
{
    var builder = Host.CreateApplicationBuilder();
    builder.Configuration.AddInMemoryCollection(settings);
    builder.AddAgent();

    try
    {
        using var host = builder.Build();
        var services = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToArray();
        await host.RunAsync();

        // The host stops when a background service fails, yet reports success: the exit code must say it.
        return services.Any(service => service.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
    }
    catch (OptionsValidationException invalid)
    {
        foreach (var failure in invalid.Failures)
            await Console.Error.WriteLineAsync(failure);
        return 1;
    }
    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
    {
        await Console.Error.WriteLineAsync($"The agent cannot start: {failure.Message}");
        return 1;
    }
});
