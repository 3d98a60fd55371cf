using System.Globalization;
using Aspire.Hosting.Internal.Health;
using Aspire.Hosting.Internal.Processes;

namespace Aspire.Hosting.Internal.Launch;

/// <summary>Starts the installed RabbitMQ as a child process of any user, with everything it keeps in one directory.</summary>
internal static class RabbitMqLaunch
{
    // The script in RabbitMQ's own folder runs as any user; the one on the PATH insists on its own.
    private static readonly string[] Servers =
        ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server", "/opt/homebrew/sbin/rabbitmq-server"];

    // epmd is started in the same process group first: RabbitMQ's own would be a daemon that outlives everything.
    private const string Script =
        """epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec "$1" """;

    public static LaunchPlan Plan(string directory, int port, string password)
    {
        var server = Servers.FirstOrDefault(File.Exists)
            ?? throw new DistributedApplicationException(
                "RabbitMQ is not installed. Install Debian's package rabbitmq-server (./run.sh does it where it can), "
                + "or point ConnectionStrings__messaging at a running broker.");

        string In(string name) => Path.Combine(directory, name);
        Write(In("enabled_plugins"), "[].");
        // Without a name server in reach, each look-up of the host's own name would wait for its time-out.
        Write(In("inetrc"), $$"""
            {lookup,[file]}.
            {host,{127,0,0,1},["localhost","{{System.Environment.MachineName}}"]}.

            """);
        Write(In("rabbitmq.conf"), string.Create(CultureInfo.InvariantCulture,
            $"""
            listeners.tcp.default = 127.0.0.1:{port}
            default_user = guest
            default_pass = {password}
            log.file = false
            log.console = true
            log.console.level = warning
            """));

        var variables = new Dictionary<string, string>
        {
            ["HOME"] = directory,
            ["RABBITMQ_NODENAME"] = "launchstack@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_DIST_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_MNESIA_BASE"] = In("mnesia"),
            ["RABBITMQ_LOG_BASE"] = In("log"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("enabled_plugins"),
            ["RABBITMQ_PID_FILE"] = In("pid"),
            ["RABBITMQ_CONFIG_FILE"] = In("rabbitmq.conf"),
            ["RABBITMQ_CONF_ENV_FILE"] = In("rabbitmq-env.conf"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["ERL_INETRC"] = In("inetrc"),
            ["ERL_EPMD_PORT"] = Ports.Free().ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        };
        return new(new("/bin/sh", ["-c", Script, "sh", server], directory, variables), [TcpProbe.Amqp(port)]);
    }

    /// <summary>The files hold the password.</summary>
    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
