using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests;

public sealed class InstalledServerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rabbitmq_runs_as_an_executable_with_the_servers_name_port_and_password()
    {
        var builder = DistributedApplication.CreateBuilder();
        var password = builder.AddParameter("password", "secret/1");
        using var directory = new Scratch();

        var broker = builder.AddRabbitMQ("messaging", password: password, port: 5673).RunAsInstalledServer(directory.Path);

        var executable = Assert.IsType<InstalledRabbitMQResource>(broker.Resource);
        Assert.Equal("messaging", executable.Name);
        Assert.Same(executable, Assert.Single(builder.Resources, resource => resource.Name == "messaging"));
        var endpoint = executable.Annotations.OfType<EndpointAnnotation>().Single(e => e.Name == "tcp");
        Assert.Equal((5673, false, "127.0.0.1"), (endpoint.Port, endpoint.IsProxied, endpoint.TargetHost));
        endpoint.AllocatedEndpoint = new(endpoint, "127.0.0.1", 5673);
        Assert.Equal("amqp://guest:secret%2F1@127.0.0.1:5673", await executable.ConnectionStringExpression.GetValueAsync(Cancelled));
        Assert.True(Directory.Exists(directory.Path));
        Assert.True(File.Exists(Path.Combine(executable.WorkingDirectory, "rabbitmq.sh")));
    }

    [Fact]
    public void Published_rabbitmq_is_the_container()
    {
        var builder = DistributedApplication.CreateBuilder(["--AppHost:Operation=publish", "--Publishing:Publisher=manifest"]);
        var server = builder.AddRabbitMQ("messaging");

        Assert.Same(server.Resource, server.RunAsInstalledServer("/nowhere").Resource);

        Assert.False(Directory.Exists("/nowhere"));
    }

    [Fact]
    public async Task Erlangs_port_mapper_does_not_outlive_the_broker()
    {
        using var directory = new Scratch();
        // A session of its own: its last process is killed with it, whatever it has started until then.
        var start = new ProcessStartInfo("setsid", ["sh", Path.Combine(AppContext.BaseDirectory, "rabbitmq.sh"), directory.Path]) { RedirectStandardOutput = true };
        foreach (var (name, value) in new[]
            {
                ("RABBITMQ_NODE_PORT", FreePort()), ("RABBITMQ_DIST_PORT", FreePort()), ("ERL_EPMD_PORT", FreePort()), ("RABBITMQ_DEFAULT_PASS", "secret"),
            })
        {
            start.Environment[name] = value;
        }
        using var broker = Process.Start(start)!;
        try
        {
            var epmd = "";
            await UntilAsync(() => (epmd = Children(broker.Id).FirstOrDefault(child => Name(child) == "epmd") ?? "").Length > 0, "epmd runs");

            broker.Kill();

            await UntilAsync(() => Name(epmd) != "epmd", "epmd has ended");
        }
        finally
        {
            using var kill = Process.Start("kill", ["-9", "--", $"-{broker.Id}"]);
            await kill.WaitForExitAsync(Cancelled);
        }

        static string FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        }

        static string[] Children(int process) => Read($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // A dead one that nobody has waited for has no command line.
        static string Name(string process) => Read($"/proc/{process}/cmdline").Length == 0 ? "" : Read($"/proc/{process}/comm").Trim();

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                return "";
            }
        }

        static async Task UntilAsync(Func<bool> condition, string what)
        {
            for (var attempt = 0; !condition(); attempt++)
            {
                Assert.True(attempt < 300, $"Not within 30 s: {what}.");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancelled);
            }
        }
    }

    [Fact]
    public async Task Postgresql_is_a_database_on_a_server_of_its_own()
    {
        var builder = DistributedApplication.CreateBuilder();
        var password = builder.AddParameter("password", "secret");
        using var directory = new Scratch();

        var database = builder.AddInstalledPostgres("original", directory.Path, "Init", "old", password).Resource;

        var endpoint = database.Annotations.OfType<EndpointAnnotation>().Single(e => e.Name == "tcp");
        Assert.Equal((null, false), (endpoint.Port, endpoint.IsProxied));
        endpoint.AllocatedEndpoint = new(endpoint, "127.0.0.1", 5999);
        Assert.Equal(
            "Host=127.0.0.1;Port=5999;Username=postgres;Password=secret;Database=old", await database.ConnectionStringExpression.GetValueAsync(Cancelled));
    }

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(Directory.CreateTempSubdirectory("hosting-").FullName, "made");

        public void Dispose() => Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
    }
}
