using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace LaunchStack.Deployment.Tests;

/// <summary>compose.yaml and .env.</summary>
public sealed partial class ComposeTests(PublishedFixture published)
{
    private const string OldConnectionString = "Host=old;Username=u;Password=p;Database=launchstack";

    private JsonObject Services { get; } = Yaml.Parse(published.Read("compose", "compose.yaml"))["services"]!.AsObject();

    [Fact]
    public void Compose_file_is_valid_by_the_specifications_schema()
    {
        var schema = SchemaErrors.Load("compose-spec");
        var file = Yaml.Parse(published.Read("compose", "compose.yaml"));

        Assert.Equal([], SchemaErrors.Of(schema, file));

        file["services"]!["ingest-api"]!["depends_on"]!["migrator"]!["condition"] = "service_done";
        Assert.NotEmpty(SchemaErrors.Of(schema, file));
    }

    [Fact]
    public async Task Docker_compose_takes_the_file_once_its_secrets_are_set()
    {
        var config = await ConfigAsync(Secrets());

        var ingest = config["services"]!["ingest-api"]!;
        Assert.Equal("launchstack/ingest-api:0.1.0", (string?)ingest["image"]);
        Assert.Equal("Host=timescale;Port=5432;Username=postgres;Password=secret-TIMESCALE_PASSWORD;Database=launchstack", (string?)ingest["environment"]!["ConnectionStrings__launchstack"]);
        Assert.Equal("amqp://guest:secret-MESSAGING_PASSWORD@messaging:5672", (string?)ingest["environment"]!["ConnectionStrings__messaging"]);
        Assert.Equal("secret-TIMESCALE_PASSWORD", (string?)config["services"]!["timescale"]!["environment"]!["POSTGRES_PASSWORD"]);
        Assert.Equal("http://ingest-api:8080", (string?)config["services"]!["agent"]!["environment"]!["services__ingest-api__http__0"]);
        Assert.Equal("", (string?)config["services"]!["migrator"]!["environment"]!["ConnectionStrings__original"]);
    }

    [Fact]
    public async Task Docker_compose_refuses_it_while_a_secret_is_missing_and_names_it()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ConfigAsync(Secrets().Replace("ADMIN_KEY=secret-ADMIN_KEY", "ADMIN_KEY=", StringComparison.Ordinal)));

        Assert.Contains("ADMIN_KEY", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_is_one_line_of_the_settings()
    {
        var config = await ConfigAsync(ConnectionLine().Replace(Secrets(), $"LAUNCHSTACK_CONNECTION_STRING={OldConnectionString}"));

        foreach (var name in new[] { "migrator", "ingest-api", "aggregator" })
            Assert.Equal(OldConnectionString, (string?)config["services"]![name]!["environment"]!["ConnectionStrings__launchstack"]);
    }

    [Fact]
    public void Each_wait_of_the_model_is_a_gate()
    {
        var gates = 0;
        foreach (var resource in published.Resources.Where(resource => Services.ContainsKey(resource.Name)))
        {
            foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().Where(wait => Services.ContainsKey(Root(wait.Resource).Name)))
            {
                var condition = (string?)Services[resource.Name]!["depends_on"]?[Root(wait.Resource).Name]?["condition"];
                Assert.True(
                    condition == (wait.WaitType == WaitType.WaitForCompletion ? "service_completed_successfully" : "service_healthy"),
                    $"{resource.Name} waits for {wait.Resource.Name} in the model; in compose.yaml it has '{condition}'");
                gates++;
            }
        }
        // migrator: database; ingest-api and aggregator: database, broker, migrator; agent: ingest-api.
        Assert.True(gates >= 8, $"{gates} gates");
    }

    [Fact]
    public void Each_health_check_of_the_model_is_one_of_the_file()
    {
        var checkedResources = published.Resources.Where(resource => Services.ContainsKey(resource.Name) && resource.HasAnnotationOfType<HealthCheckAnnotation>()).ToList();

        Assert.Superset(new HashSet<string> { "timescale", "messaging", "ingest-api", "aggregator" }, checkedResources.Select(resource => resource.Name).ToHashSet());
        foreach (var resource in checkedResources)
            Assert.NotNull(Services[resource.Name]!["healthcheck"]?["test"]);
        Assert.EndsWith(":8080/health", (string?)Services["ingest-api"]!["healthcheck"]!["test"]!.AsArray().Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Operations_makes_backups_with_the_tools_of_the_databases_major_version_on_a_volume_of_its_own()
    {
        var operations = Services["operations"]!;

        Assert.Equal("/backups", (string?)operations["environment"]!["Backups__Directory"]);
        Assert.Equal(["${BACKUPS_VOLUME:-operations-backups}:/backups"], operations["volumes"]!.AsArray().Select(volume => (string?)volume));
        Assert.NotNull(Yaml.Parse(published.Read("compose", "compose.yaml"))["volumes"]!["operations-backups"]);
        Assert.Equal("operations.Dockerfile", (string?)operations["build"]!["dockerfile"]);
        Assert.Equal("${IMAGE_REGISTRY:-}launchstack/operations:${LAUNCHSTACK_VERSION:-0.1.0}", (string?)operations["build"]!["args"]!["IMAGE"]);
        var major = Regex.Match((string?)Services["timescale"]!["image"] ?? "", "pg([0-9]+)$").Groups[1].Value;
        Assert.Equal($"${{POSTGRESQL_MAJOR:-{major}}}", (string?)operations["build"]!["args"]!["POSTGRESQL_MAJOR"]);
        Assert.Contains("apk add --no-cache postgresql${POSTGRESQL_MAJOR}-client", published.Read("compose", "operations.Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_has_a_restart_policy_and_a_memory_limit_and_rotates_its_log()
    {
        foreach (var (name, service) in Services)
        {
            Assert.Equal(name == "migrator" ? "no" : "unless-stopped", (string?)service!["restart"]);
            Assert.Matches(@"\d+m\}?$", (string?)service["deploy"]!["resources"]!["limits"]!["memory"]);
            Assert.Equal("10m", (string?)service["logging"]!["options"]!["max-size"]);
        }
        Assert.Equal("${INGEST_API_REPLICAS:-2}", (string?)Services["ingest-api"]!["deploy"]!["replicas"]);
    }

    [Fact]
    public void The_gateway_reaches_each_http_service_at_its_usual_port()
    {
        var file = published.Read("compose", "Caddyfile");

        foreach (var (name, port) in new[] { ("ingest-api", 5080), ("aggregator", 5081) })
        {
            var site = $"{name.Replace('-', '_').ToUpperInvariant()}_SITE";
            Assert.Equal($"${{{site}:-:{port}}}", (string?)Services["gateway"]!["environment"]![site]);
            Assert.Matches($@"\{{\${site}\}} \{{\s+reverse_proxy \{{\s+dynamic a {name} 8080 ", file);
            Assert.Contains(Services["gateway"]!["ports"]!.AsArray(), mapping => ((string?)mapping)!.EndsWith($":{port}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void OTLP_over_gRPC_has_a_port_of_its_own_at_the_gateway()
    {
        Assert.Equal("http://*:4317", (string?)Services["ingest-api"]!["environment"]!["Ingest__GrpcUrl"]);
        Assert.Contains("${BIND_ADDRESS:-127.0.0.1}:${INGEST_API_GRPC_PORT:-4317}:4317", Services["gateway"]!["ports"]!.AsArray().Select(port => (string?)port));
        var file = published.Read("compose", "Caddyfile");
        Assert.Contains("protocols h1 h2 h2c h3", file, StringComparison.Ordinal);
        Assert.Matches(@"\{\$INGEST_API_GRPC_SITE\} \{\s+reverse_proxy \{\s+dynamic a ingest-api 4317 [^}]+\}[^}]+versions h2c", file);
    }

    [Fact]
    public void Database_and_broker_are_on_a_network_of_those_alone_that_wait_for_them()
    {
        Assert.Equal(
            ["aggregator", "ingest-api", "messaging", "migrator", "operations", "timescale"],
            Services.Where(service => service.Value!["networks"]?.AsArray().Any(network => (string?)network == "data") == true).Select(service => service.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["data"], Services["timescale"]!["networks"]!.AsArray().Select(network => (string?)network));
        // An original, a collector and mail are out there.
        Assert.Contains("default", Services["migrator"]!["networks"]!.AsArray().Select(network => (string?)network));
        Assert.True((bool?)Yaml.Parse(published.Read("compose", "compose.yaml"))["networks"]!["data"]!["internal"]);
    }

    [Fact]
    public void Secrets_are_in_no_file_and_each_setting_is_explained()
    {
        var lines = published.Read("compose", ".env").Split('\n');

        foreach (Match variable in Variable().Matches(published.Read("compose", "compose.yaml")))
        {
            var at = Array.FindIndex(lines, line => line.TrimStart('#').StartsWith($"{variable.Groups["name"].Value}=", StringComparison.Ordinal));
            Assert.True(at > 0, $"{variable.Groups["name"].Value} is not in .env");
            Assert.StartsWith("# ", lines[at - 1], StringComparison.Ordinal);
        }
        foreach (var secret in published.Resources.OfType<ParameterResource>().Where(parameter => parameter is { Secret: true, IsConnectionString: false }))
            Assert.Contains($"{secret.Name.Replace('-', '_').ToUpperInvariant()}=", lines);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(published.Directory, "compose", ".env")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Publishing_again_keeps_what_was_set()
    {
        using var directory = new TemporaryDirectory("republished");
        Directory.CreateDirectory(Path.Combine(directory.Path, "compose"));
        var env = Path.Combine(directory.Path, "compose", ".env");
        await File.WriteAllTextAsync(env, "ADMIN_KEY=mine\nINGEST_API_REPLICAS=5\n#AGGREGATOR_REPLICAS=7\nTZ=UTC\n", TestContext.Current.CancellationToken);

        await PublishedFixture.PublishAsync(directory.Path);

        var lines = await File.ReadAllLinesAsync(env, TestContext.Current.CancellationToken);
        Assert.Superset(new HashSet<string> { "ADMIN_KEY=mine", "AGENT_KEY=", "INGEST_API_REPLICAS=5", "#AGGREGATOR_REPLICAS=2", "TZ=UTC" }, lines.ToHashSet());
    }

    private static IResource Root(IResource resource) => resource is IResourceWithParent child ? Root(child.Parent) : resource;

    // As an operator fills it in.
    private string Secrets() => Unset().Replace(published.Read("compose", ".env"), "$0secret-${name}");

    private async Task<JsonNode> ConfigAsync(string env)
    {
        using var directory = new TemporaryDirectory("compose");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(published.Directory, "compose")))
            File.Copy(file, Path.Combine(directory.Path, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(directory.Path, ".env"), env);
        return Yaml.Parse(await CommandLine.RunAsync(new ProcessStartInfo("docker-compose", ["-f", "compose.yaml", "config"]) { WorkingDirectory = directory.Path }));
    }

    [GeneratedRegex("^(?<name>[A-Z_]+)=$", RegexOptions.Multiline)]
    private static partial Regex Unset();

    [GeneratedRegex("^LAUNCHSTACK_CONNECTION_STRING=.*$", RegexOptions.Multiline)]
    private static partial Regex ConnectionLine();

    [GeneratedRegex(@"(?<!\$)\$\{(?<name>[A-Z_]+)[:}]")]
    private static partial Regex Variable();
}
