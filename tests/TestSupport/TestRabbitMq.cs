namespace LaunchStack.TestSupport;

/// <summary>A RabbitMQ server of the test process's own, started once and shared by its tests.</summary>
public static class TestRabbitMq
{
    private static readonly string[] Folders = ["/usr/lib/rabbitmq/lib", "/usr/local/lib/rabbitmq/lib", "/opt/rabbitmq"];
    private static readonly Lazy<Task<Server>> Shared = new(StartServerAsync);

    /// <summary>The running broker; the first call starts it, which takes about 10 s.</summary>
    /// <exception cref="InvalidOperationException">RabbitMQ is not installed; the message says how.</exception>
    public static Task<Server> StartAsync() => Shared.Value;

    private static async Task<Server> StartServerAsync()
    {
        var script = FindScript();
        var ports = FreePort.Take(3);
        var directory = new TemporaryDirectory("rabbitmq");
        string In(string name) => Path.Combine(directory.Path, name);

        await File.WriteAllTextAsync(In("rabbitmq.conf"), "loopback_users = none\nlog.console = true\nlog.console.level = warning\n");
        await File.WriteAllTextAsync(In("enabled_plugins"), "[].\n");
        // No name server need answer for a broker on loopback; asking one costs seconds where none does.
        await File.WriteAllTextAsync(In("inetrc"), $"{{lookup,[file]}}.\n{{host,{{127,0,0,1}},[\"localhost\",\"{Environment.MachineName}\"]}}.\n");

        var server = ChildProcess.StartGuarded(
            "rabbitmq-server",
            $"epmd -port {ports[2]} -address 127.0.0.1 &\n\"{script}\" &",
            new Dictionary<string, string>
            {
                ["HOME"] = directory.Path,
                ["RABBITMQ_NODENAME"] = $"test{ports[0]}@localhost",
                ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_NODE_PORT"] = $"{ports[0]}",
                ["RABBITMQ_DIST_PORT"] = $"{ports[1]}",
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
                ["RABBITMQ_MNESIA_BASE"] = In("mnesia"),
                ["RABBITMQ_LOG_BASE"] = In("log"),
                ["RABBITMQ_LOGS"] = "-",
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("enabled_plugins"),
                ["RABBITMQ_PID_FILE"] = In("pid"),
                ["RABBITMQ_CONFIG_FILE"] = In("rabbitmq.conf"),
                ["RABBITMQ_CONF_ENV_FILE"] = In("none"),
                ["ERL_EPMD_PORT"] = $"{ports[2]}",
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["ERL_INETRC"] = In("inetrc"),
            });
        server.DieWithTests(directory);
        await Wait.UntilAsync(
            () =>
            {
                if (server.HasExited)
                    throw new InvalidOperationException($"rabbitmq-server ended while starting:\n{server.Output}");
                return AnswersAsync(ports[0]);
            },
            "RabbitMQ answers an AMQP greeting",
            TimeSpan.FromSeconds(90));
        return new Server($"amqp://guest:guest@127.0.0.1:{ports[0]}", server);
    }

    // The listener opens before the broker takes connections: only a greeting's answer proves it.
    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            await client.GetStream().WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray());
            return await client.GetStream().ReadAsync(new byte[8]) > 0;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    // The script on the PATH insists on the rabbitmq user; the one in the server's own folder runs as anybody.
    private static string FindScript() =>
        Folders
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "rabbitmq-server", SearchOption.AllDirectories))
            .FirstOrDefault(file => file.Contains("/sbin/", StringComparison.Ordinal))
        ?? throw new InvalidOperationException("RabbitMQ is not installed. Run: apt-get install rabbitmq-server");

    /// <summary>Where the broker is.</summary>
    /// <param name="ConnectionString"><c>amqp://</c>, with user and password.</param>
    /// <param name="Process">For tests that kill it.</param>
    public sealed record Server(string ConnectionString, ChildProcess Process);
}
