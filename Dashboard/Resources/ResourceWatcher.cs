using System.Text.Json;

namespace LaunchStack.Dashboard.Resources;

/// <summary>Follows the AppHost's resources and comes back when the connection breaks.</summary>
internal sealed partial class ResourceWatcher(
    ResourceServiceClient client, ResourceBoard board, TimeProvider time, ILogger<ResourceWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!client.Available) return;
        var pause = TimeSpan.FromMilliseconds(250);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var first = true;
                await foreach (var resource in client.WatchAsync(stoppingToken))
                {
                    // What is known belongs to the connection before: an app host started anew counts versions anew.
                    if (first) board.Clear();
                    first = false;
                    board.Fault = null;
                    board.Set(resource);
                    pause = TimeSpan.FromMilliseconds(250);
                }

                board.Fault = "The app host closed the connection.";
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                if (board.Fault is null) Lost(e.Message);
                board.Fault = $"The app host cannot be reached: {e.Message}";
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Lost the app host's resource service: {Reason}", EventName = "ResourceServiceLost")]
    private partial void Lost(string reason);
}
