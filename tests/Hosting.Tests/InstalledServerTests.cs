using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using LaunchStack.TestSupport;

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
        var ports = Array.ConvertAll(FreePort.Take(3), port => port.ToString(CultureInfo.InvariantCulture));
        (start.Environment["RABBITMQ_NODE_PORT"], start.Environment["RABBITMQ_DIST_PORT"], start.Environment["ERL_EPMD_PORT"]) = (ports[0], ports[1], ports[2]);
        start.Environment["RABBITMQ_DEFAULT_PASS"] = "secret";
        using var broker = Process.Start(start)!;
        try
        {
            // Under its own name: before, it is the program that ties it to the broker.
            await Wait.UntilAsync(() => Epmd().Any(command => command.StartsWith("epmd ", StringComparison.Ordinal)), "epmd runs");

            broker.Kill();

            await Wait.UntilAsync(() => !Epmd().Any(), "epmd has ended");
        }
        finally
        {
            using var kill = Process.Start("kill", ["-9", "--", $"-{broker.Id}"]);
            await kill.WaitForExitAsync(Cancelled);
        }

        IEnumerable<string> Epmd() => RunningProcesses.Mentioning($"epmd\0-port\0{ports[2]}\0").Values;
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
