using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Environment;
using Aspire.Hosting.Internal.Health;
using Aspire.Hosting.Internal.Processes;
using Aspire.Hosting.Internal.State;

namespace Aspire.Hosting.Internal.Launch;

/// <summary>Knows how each kind of resource is started.</summary>
internal sealed class LaunchPlanner(StateDirectory state, ProcessEnvironment environment, HttpClient http, string configurationName)
{
    public static bool CanLaunch(IResource resource) => resource is ProjectResource or ExecutableResource or PostgresServerResource or RabbitMQServerResource;

    public static string TypeOf(IResource resource) => resource switch
    {
        ProjectResource => "Project",
        ExecutableResource => "Executable",
        PostgresServerResource { IsTimescale: true } => "EmbeddedTimescale",
        PostgresServerResource => "PostgreSQL",
        RabbitMQServerResource => "RabbitMQ",
        _ => "ConnectionString",
    };

    public async Task<LaunchPlan> PlanAsync(IResource resource, int replica, CancellationToken cancellationToken) => resource switch
    {
        PostgresServerResource { IsTimescale: true } server => await PlanTimescaleAsync(server, cancellationToken),
        PostgresServerResource server => PostgresLaunch.Plan(
            state.For(server.Name), Port(server), (await server.Password.GetValueAsync(cancellationToken))!,
            server.Annotations.OfType<InitFilesAnnotation>().LastOrDefault()?.Path),
        RabbitMQServerResource broker => RabbitMqLaunch.Plan(
            state.For(broker.Name), Port(broker), (await broker.Password.GetValueAsync(cancellationToken))!),
        ProjectResource project => await PlanProjectAsync(project, replica, cancellationToken),
        ExecutableResource program => await ProcessAsync(
            program, program.Command, [], program.WorkingDirectory, replica, cancellationToken),
        _ => throw new InvalidOperationException($"{resource.Name} has no process"),
    };

    private async Task<LaunchPlan> PlanTimescaleAsync(PostgresServerResource server, CancellationToken cancellationToken)
    {
        var gateway = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "EmbeddedTimescale").Value!;
        if (!Directory.Exists(Path.Combine(gateway, "node_modules")))
            throw new DistributedApplicationException($"the embedded TimescaleDB is not installed. Run: npm ci --prefix {gateway}");

        var database = server.Annotations.OfType<DatabaseNameAnnotation>().FirstOrDefault()?.Name ?? "postgres";
        string[] arguments =
        [
            Path.Combine(gateway, "gateway.mjs"), "--data", state.For(server.Name), "--port", $"{Port(server)}", "--host", "127.0.0.1",
            "--user", PostgresServerResource.UserName, "--database", database,
        ];
        var variables = new Dictionary<string, string>
        {
            ["LAUNCHSTACK_EMBEDDED_PASSWORD"] = (await server.Password.GetValueAsync(cancellationToken))!,
        };
        return new(new("node", arguments, gateway, variables), [TcpProbe.Postgres(Port(server))]);
    }

    private async Task<LaunchPlan> PlanProjectAsync(ProjectResource project, int replica, CancellationToken cancellationToken)
    {
        var path = project.Annotations.OfType<IProjectMetadata>().Single().ProjectPath;
        var directory = Path.GetDirectoryName(path)!;
        var name = Path.GetFileNameWithoutExtension(path);
        var assembly = Path.Combine(directory, "bin", configurationName, "net10.0", $"{name}.dll");
        if (!File.Exists(assembly))
            throw new DistributedApplicationException($"{project.Name} is not built. Run: dotnet build -c {configurationName} {path}");

        // The project's own directory, as `dotnet run` has it: appsettings.json is read from there.
        return await ProcessAsync(project, "dotnet", [assembly], directory, replica, cancellationToken);
    }

    private async Task<LaunchPlan> ProcessAsync(
        IResource resource, string command, string[] leading, string directory, int replica, CancellationToken cancellationToken)
    {
        string[] arguments = [.. leading, .. resource.Annotations.OfType<CommandLineAnnotation>().SelectMany(a => a.Args)];
        var variables = await environment.ForAsync(resource, replica, cancellationToken);
        // What a process keeps on disk belongs to this system, not to the user: a second system beside it must not share it.
        variables.TryAdd("XDG_STATE_HOME", Path.Combine(state.Root, resource.Name, $"{replica}"));
        var probes = resource.Annotations.OfType<HttpHealthAnnotation>()
            .Select(check => (IHealthProbe)new HttpProbe(
                http, resource.Annotations.OfType<EndpointAnnotation>().First().Url(replica) + check.Path, check.StatusCode))
            .ToArray();
        return new(new(command, arguments, directory, variables), probes);
    }

    private static int Port(IResource resource) => resource.Annotations.OfType<EndpointAnnotation>().Single().Ports[0];
}
