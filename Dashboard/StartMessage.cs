using LaunchStack.Dashboard.Login;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LaunchStack.Dashboard;

/// <summary>Says where to look and where to send, once the addresses are bound.</summary>
internal sealed partial class StartMessage(
    IHostApplicationLifetime lifetime, IServer server, BrowserToken token, ILogger<StartMessage> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            // "localhost" is bound for both address families and reported once for each listener, in the order they were declared.
            var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
            var pages = addresses[0].TrimEnd('/');
            Listening(token.Required ? $"{pages}/login?t={token.Token}" : pages);
            Receiving(addresses[1], addresses[2]);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Dashboard: {Url}", EventName = "Listening")]
    private partial void Listening(string url);

    [LoggerMessage(2, LogLevel.Information, "OTLP/gRPC at {Grpc}, OTLP/HTTP at {Http}", EventName = "Receiving")]
    private partial void Receiving(string grpc, string http);
}
