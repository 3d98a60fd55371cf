using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LaunchStack.TestSupport;

/// <summary>A RabbitMQ server of the test process's own, started once and shared by its tests.</summary>
public static class TestRabbitMq
{
    private const string Password = "tests";

    private static readonly Lazy<Task<string>> Shared = new(StartServerAsync);

    /// <summary>The running broker's <c>amqp://</c> address, with user and password; the first call starts it, which takes about 10 s.</summary>
    /// <exception cref="InvalidOperationException">RabbitMQ is not installed, or failed; the message says what it printed.</exception>
    public static Task<string> StartAsync() => Shared.Value;

    /// <summary>Deletes queues: one outlives its service, and what is left in it would come to the next test's.</summary>
    public static async Task DeleteQueuesAsync(params IEnumerable<string> queues)
    {
        await using var connection = await new ConnectionFactory { Uri = new(await StartAsync()) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in queues)
            await channel.QueueDeleteAsync(queue);
    }

    /// <summary>Takes all messages out of a queue that may not be there yet.</summary>
    public static async Task PurgeQueueAsync(string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = new(await StartAsync()) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await channel.QueuePurgeAsync(queue);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
        }
    }

    private static async Task<string> StartServerAsync()
    {
        var files = new TemporaryDirectory("rabbitmq");
        var ports = Array.ConvertAll(FreePort.Take(3), port => port.ToString(CultureInfo.InvariantCulture));
        var server = ChildProcess.StartGuarded(
            "rabbitmq",
            $"sh '{Path.Combine(RepositoryRoot.Path, "Hosting", "RabbitMQ", "rabbitmq.sh")}' '{files.Path}' &",
            new Dictionary<string, string>
            {
                ["RABBITMQ_NODE_PORT"] = ports[0],
                ["RABBITMQ_DIST_PORT"] = ports[1],
                ["ERL_EPMD_PORT"] = ports[2],
                ["RABBITMQ_DEFAULT_PASS"] = Password,
            });
        server.DieWithTests(files);

        var factory = new ConnectionFactory { Uri = new($"amqp://guest:{Password}@127.0.0.1:{ports[0]}") };
        await Wait.UntilAsync(
            async () =>
            {
                if (server.Output.Contains("not installed", StringComparison.Ordinal))
                    throw new InvalidOperationException($"RabbitMQ does not start:\n{server.Output}");
                try
                {
                    await using var connection = await factory.CreateConnectionAsync();
                    return true;
                }
                catch (BrokerUnreachableException)
                {
                    return false;
                }
            },
            "RabbitMQ takes connections",
            TimeSpan.FromSeconds(90));
        return factory.Uri.OriginalString;
    }
}
