using System.Reflection;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Deployment.Model;

/// <summary>Reads the app model.</summary>
internal static partial class DeploymentModelReader
{
    public static async Task<DeploymentModel> ReadAsync(
        DistributedApplicationModel model, IConfiguration configuration, DistributedApplicationExecutionContext execution, CancellationToken cancellationToken)
    {
        DeploymentSettings Settings(string name) =>
            configuration.GetSection($"{DeploymentSettings.Section}:{name}").Get<DeploymentSettings>() ?? new();

        var resources = model.Resources
            .Where(resource => (resource is ProjectResource || resource.IsContainer()) && !resource.IsExcludedFromPublish()).ToList();
        var names = resources.Select(resource => resource.Name).ToHashSet();
        var jobs = resources.SelectMany(Waits).Where(wait => wait.WaitType == WaitType.WaitForCompletion).Select(wait => wait.Resource.Name).ToHashSet();
        var properties = PropertyVariables(model);

        var workloads = new List<Workload>();
        foreach (var resource in resources)
        {
            var settings = Settings(resource.Name);
            var run = await ExecutionConfigurationBuilder.Create(resource).WithEnvironmentVariablesConfig().WithArgumentsConfig()
                .BuildAsync(execution, NullLogger.Instance, cancellationToken);
            if (run.Exception is { } failure)
                throw new DistributedApplicationException($"The environment of '{resource.Name}' cannot be worked out: {failure.Message}", failure);
            workloads.Add(new(
                resource,
                resource is TimescaleServerResource ? WorkloadKind.Timescale
                    : resource is RabbitMQServerResource ? WorkloadKind.RabbitMQ
                    : jobs.Contains(resource.Name) ? WorkloadKind.Job : WorkloadKind.Service,
                settings,
                Image(resource),
                run.EnvironmentVariablesWithUnprocessed.Where(variable => !properties.Contains(variable.Key) && !IsHttps(variable.Value.Item1))
                    .Select(variable => KeyValuePair.Create(variable.Key, variable.Value.Item1))
                    .Concat(settings.GrpcPort is { } grpc ? [KeyValuePair.Create<string, object>(settings.GrpcSetting, $"http://*:{grpc}")] : []).ToDictionary(),
                [.. run.ArgumentsWithUnprocessed.Select(argument => argument.Item1)],
                Ports(resource).Concat(settings.GrpcPort is { } port ? [new(DeploymentModel.Grpc, "h2c", port, port)] : []).ToDictionary(p => p.Name),
                Health(resource),
                settings.Volume ?? resource.Annotations.OfType<ContainerMountAnnotation>().FirstOrDefault(mount => mount.Type == ContainerMountType.Volume)?.Target,
                [.. Waits(resource).Select(wait => new Gate(Root(wait.Resource).Name, wait.WaitType == WaitType.WaitForCompletion))
                    // A connection string stands for a server that is not ours to watch.
                    .Where(gate => names.Contains(gate.Workload)).Distinct()]));
        }
        return new(Application, Version, workloads, Settings);
    }

    /// <summary>Lower case, as image and project names must be.</summary>
    private const string Application = "launchstack";

    private static string Version => typeof(DeploymentModelReader).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static IEnumerable<WaitAnnotation> Waits(IResource resource) => resource.Annotations.OfType<WaitAnnotation>();

    private static IResource Root(IResource resource) => resource is IResourceWithParent child ? Root(child.Parent) : resource;

    // Directory.Build.props names the images of projects by the same rule.
    private static string Image(IResource resource)
    {
        if (resource is ProjectResource project)
            return $"{Application}/{Path.GetFileNameWithoutExtension(project.GetProjectMetadata().ProjectPath).ToLowerInvariant().Replace('.', '-')}";
        var image = resource.Annotations.OfType<ContainerImageAnnotation>().Last();
        return $"{image.Registry ?? "docker.io"}/{image.Image}:{image.Tag}";
    }

    private static IEnumerable<WorkloadPort> Ports(IResource resource) => resource.Annotations.OfType<EndpointAnnotation>()
        .Where(endpoint => !IsHttps(resource, endpoint))
        .Select(endpoint => new WorkloadPort(
            endpoint.Name, endpoint.UriScheme, resource is ProjectResource ? DeploymentModel.ProjectPort : endpoint.TargetPort!.Value,
            UsualPort(resource)));

    // Of the launch profile, which Aspire leaves out of a published model.
    private static int? UsualPort(IResource resource)
    {
        var profiles = resource is ProjectResource project
            ? Path.Combine(Path.GetDirectoryName(project.GetProjectMetadata().ProjectPath)!, "Properties", "launchSettings.json") : null;
        if (!File.Exists(profiles))
            return null;
        var url = new ConfigurationBuilder().AddJsonFile(profiles).Build().GetSection("profiles").GetChildren().FirstOrDefault()?["applicationUrl"];
        return url is null ? null : new Uri(url.Split(';')[0]).Port;
    }

    // Aspire gives each published project an https endpoint. TLS ends before the containers, which have no certificate.
    private static bool IsHttps(IResource resource, EndpointAnnotation endpoint) => resource is ProjectResource && endpoint.UriScheme == "https";

    private static bool IsHttps(object value) => value switch
    {
        EndpointReference endpoint => IsHttps(endpoint.Resource, endpoint.EndpointAnnotation),
        EndpointReferenceExpression expression => IsHttps(expression.Endpoint),
        ReferenceExpression { IsConditional: false } expression => expression.ValueProviders.Any(IsHttps),
        _ => false,
    };

    /// <summary>The path of <c>WithHttpHealthCheck</c>: it stands in the check's key and nowhere else.</summary>
    private static string? Health(IResource resource)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToList();
        if (resource is not ProjectResource || keys.Count == 0)
            return null;
        // Others beside it look at the same answer more closely.
        return keys.Select(key => HttpHealthKey().Match(key)).FirstOrDefault(match => match.Success)?.Groups["path"].Value
            ?? throw new DistributedApplicationException($"The health check '{keys[0]}' of '{resource.Name}' is none that a platform can ask.");
    }

    [GeneratedRegex(@"_(?<path>/[^ ]*)_\d+_check$")]
    private static partial Regex HttpHealthKey();

    /// <summary>
    /// <c>LAUNCHSTACK_PASSWORD</c> and the like repeat a connection string in parts. No service reads them, and with another connection
    /// string set they would contradict it.
    /// </summary>
    private static HashSet<string> PropertyVariables(DistributedApplicationModel model) => [.. model.Resources.OfType<IResourceWithConnectionString>()
        .SelectMany(resource => resource.GetConnectionProperties().Select(
            property => $"{resource.Name}_{property.Key}".Replace('-', '_').ToUpperInvariant()))];
}
