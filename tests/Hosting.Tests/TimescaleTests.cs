using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Timescale;

namespace Aspire.Hosting.Tests;

public sealed class TimescaleTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2.29.2-pg17", "/var/lib/postgresql/data")]
    [InlineData("2.23.1-pg15", "/var/lib/postgresql/data")]
    [InlineData("2.29.2-pg18", "/var/lib/postgresql")]
    [InlineData("latest-pg18-oss", "/var/lib/postgresql")]
    [InlineData("latest", "/var/lib/postgresql/data")]
    [InlineData(null, "/var/lib/postgresql/data")]
    public void The_data_lies_where_the_images_postgresql_version_wants_it(string? tag, string path) =>
        Assert.Equal(path, TimescaleContainerImageTags.DataPath(tag));

    [Fact]
    public void A_volume_follows_the_tag_that_is_set()
    {
        var builder = DistributedApplication.CreateBuilder();

        var server = builder.AddTimescale("timescale").WithImageTag("2.29.2-pg18").WithDataVolume("kept").WithDataBindMount("/data").Resource;

        Assert.Equal(
            [("kept", "/var/lib/postgresql"), ("/data", "/var/lib/postgresql")],
            server.Annotations.OfType<ContainerMountAnnotation>().Select(mount => (mount.Source!, mount.Target)));
    }

    [Fact]
    public async Task A_database_has_the_connection_properties_of_aspires_postgresql()
    {
        var builder = DistributedApplication.CreateBuilder();
        var password = builder.AddParameter("password", "p@ss;word");
        var server = builder.AddTimescale("timescale", password: password, port: 5999);
        var database = server.AddDatabase("metrics", "the metrics");
        Allocate(server.Resource);

        Assert.Equal(
            "Host=localhost;Port=5999;Username=postgres;Password=p@ss;word;Database=\"the metrics\"".Replace("\"", "", StringComparison.Ordinal),
            (await database.Resource.ConnectionStringExpression.GetValueAsync(Cancelled))!.Replace("\"", "", StringComparison.Ordinal));
        var properties = new Dictionary<string, string?>();
        foreach (var (name, expression) in ((IResourceWithConnectionString)database.Resource).GetConnectionProperties())
            properties[name] = await expression.GetValueAsync(Cancelled);
        Assert.Equal("localhost", properties["Host"]);
        Assert.Equal("5999", properties["Port"]);
        Assert.Equal("postgres", properties["Username"]);
        Assert.Equal("p@ss;word", properties["Password"]);
        Assert.Equal("the metrics", properties["DatabaseName"]);
        Assert.Equal("postgresql://postgres:p%40ss%3Bword@localhost:5999/the%20metrics", properties["Uri"]);
        Assert.Equal("jdbc:postgresql://localhost:5999/the%20metrics", properties["JdbcConnectionString"]);
    }

    [Fact]
    public void A_user_name_and_a_password_can_be_parameters()
    {
        var builder = DistributedApplication.CreateBuilder();
        var user = builder.AddParameter("user", "me");

        var server = builder.AddTimescale("timescale", userName: user).Resource;

        Assert.Equal("{user.value}", server.UserNameReference.ValueExpression);
        Assert.Equal("timescale-password", server.PasswordParameter.Name);
        Assert.True(server.PasswordParameter.Secret);
    }

    [Fact]
    public void No_proxy_stands_before_the_server_and_a_port_is_free_unless_it_is_fixed()
    {
        var builder = DistributedApplication.CreateBuilder();

        var free = Endpoint(builder.AddTimescale("free").Resource);
        var fixedPort = Endpoint(builder.AddTimescale("fixed", port: 5440).Resource);

        Assert.Equal((null, 5432, false), (free.Port, free.TargetPort, free.IsProxied));
        Assert.Equal((5440, 5432, false), (fixedPort.Port, fixedPort.TargetPort, fixedPort.IsProxied));
    }

    [Fact]
    public void Embedded_an_executable_takes_the_servers_place_and_the_databases_parent()
    {
        var builder = DistributedApplication.CreateBuilder();

        var server = builder.AddTimescale("timescale", port: 5440).WithDataVolume().RunAsEmbedded(Path.GetTempPath());
        var database = server.AddDatabase("metrics");

        var embedded = Assert.Single(builder.Resources.OfType<EmbeddedTimescaleResource>());
        Assert.Equal("timescale", embedded.Name);
        Assert.DoesNotContain(server.Resource, builder.Resources);
        Assert.Same(embedded, ((IResourceWithParent)database.Resource).Parent);
        var endpoint = Endpoint(embedded);
        Assert.Equal((5440, 5440, false, "127.0.0.1"), (endpoint.Port, endpoint.TargetPort, endpoint.IsProxied, endpoint.TargetHost));
        Assert.Same(embedded, server.Resource.PrimaryEndpoint.Resource);
    }

    [Fact]
    public void Published_it_is_the_container_whatever_runs_here()
    {
        var builder = DistributedApplication.CreateBuilder(["--AppHost:Operation=publish", "--Publishing:Publisher=manifest"]);

        var server = builder.AddTimescale("timescale").RunAsEmbedded(Path.GetTempPath());

        Assert.Contains(server.Resource, builder.Resources);
        Assert.Empty(builder.Resources.OfType<EmbeddedTimescaleResource>());
    }

    private static EndpointAnnotation Endpoint(IResource server) => server.Annotations.OfType<EndpointAnnotation>().Single();

    private static void Allocate(IResource server)
    {
        var endpoint = Endpoint(server);
        endpoint.AllocatedEndpoint = new(endpoint, "localhost", endpoint.Port!.Value);
    }
}
