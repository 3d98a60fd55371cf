using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using RabbitMQ.Client;

namespace LaunchStack.TestSupport;

/// <summary>A RabbitMQ server of the test process's own, started by the local engine once and shared by its tests.</summary>
public static class TestRabbitMq
{
    private static readonly Lazy<Task<string>> Shared = new(StartServerAsync);

    /// <summary>The running broker's <c>amqp://</c> address, with user and password; the first call starts it, which takes about 10 s.</summary>
    /// <exception cref="DistributedApplicationException">RabbitMQ is not installed, or failed; the message says how to mend it.</exception>
    public static Task<string> StartAsync() => Shared.Value;

    /// <summary>Deletes queues: one outlives its service, and what is left in it would come to the next test's.</summary>
    public static async Task DeleteQueuesAsync(params IEnumerable<string> queues)
    {
        await using var connection = await new ConnectionFactory { Uri = new(await StartAsync()) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
            await channel.QueueDeleteAsync(queue);
    }

    private static async Task<string> StartServerAsync()
    {
        var directory = new TemporaryDirectory("rabbitmq");
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--ports", "dynamic", "--state", directory.Path],
            ProjectDirectory = directory.Path,
        });
        var broker = builder.AddRabbitMQ("messaging");
        var app = builder.Build();
        // The engine's guard ends the broker with this process, however that ends; this gives the files back too.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            app.DisposeAsync().AsTask().GetAwaiter().GetResult();
            directory.Dispose();
        };
        await app.StartAsync();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var state = await app.ResourceNotifications.WaitForResourceAsync(
            "messaging", e => e.Snapshot.State == KnownResourceStates.Healthy || e.Snapshot.State == KnownResourceStates.Failed, patience.Token);
        return state.Snapshot.State == KnownResourceStates.Healthy
            ? (await broker.Resource.GetConnectionStringAsync(patience.Token))!
            : throw new DistributedApplicationException($"RabbitMQ failed: {state.Snapshot.Reason}");
    }
}
