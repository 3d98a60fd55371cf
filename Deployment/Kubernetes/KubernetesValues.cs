using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using k8s.Models;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Kubernetes;

/// <summary>The environment of one pod. Secrets are those that the operators make, and one of the operator's own making.</summary>
internal sealed class KubernetesValues(DeploymentModel model) : ValueResolver(model)
{
    private readonly Dictionary<string, V1EnvVar> _secrets = [];

    /// <summary>The variables; a secret that others refer to stands before them, as <c>$(NAME)</c> wants it.</summary>
    public static IList<V1EnvVar> EnvironmentOf(DeploymentModel model, Workload workload)
    {
        var values = new KubernetesValues(model);
        var variables = workload.Environment.Select(variable => values.Variable(variable.Key, values.Resolve(variable.Value))).ToList();
        return [.. values._secrets.Values, .. variables];
    }

    protected override string Literal(string text) => text.Replace("$(", "$$(", StringComparison.Ordinal);

    protected override string Host(Workload workload) => ServiceOf(workload);

    /// <summary>Name of the service in front of a workload; CloudNativePG's that leads to the primary.</summary>
    public static string ServiceOf(Workload workload) => workload.Kind == WorkloadKind.Timescale ? $"{workload.Name}-rw" : workload.Name;

    protected override string Parameter(ParameterResource parameter) => Secret(parameter.Name, Model.Application, parameter.Name);

    protected override string ConnectionString(IResourceWithConnectionString resource) => resource switch
    {
        TimescaleDatabaseResource database =>
            $"Host={ServiceOf(Model.Find(database.Parent))};Port=5432;Username={OfOwner(database, "username")};Password={OfOwner(database, "password")};Database={database.DatabaseName}",
        RabbitMQServerResource => Secret(resource.Name, $"{resource.Name}-default-user", "connection_string"),
        ParameterResource or ConnectionStringResource => Secret(resource.Name, Model.Application, resource.Name, Model.Settings(resource.Name).Optional),
        _ => throw new DistributedApplicationException($"The connection string of '{resource.Name}' cannot be published for Kubernetes."),
    };

    // CloudNativePG's secret of the database's owner.
    private string OfOwner(TimescaleDatabaseResource database, string key) => Secret($"{database.Parent.Name}-{key}", $"{database.Parent.Name}-app", key);

    private string Secret(string name, string secret, string key, bool optional = false)
    {
        var variable = name.Replace('-', '_').ToUpperInvariant();
        _secrets.TryAdd(variable, new()
        {
            Name = variable,
            ValueFrom = new() { SecretKeyRef = new() { Name = secret, Key = key, Optional = optional ? true : null } },
        });
        return $"$({variable})";
    }

    // What is a secret as a whole needs no variable between.
    private V1EnvVar Variable(string name, string value) =>
        value.StartsWith("$(", StringComparison.Ordinal) && value.IndexOf(')', StringComparison.Ordinal) == value.Length - 1
        && _secrets.Remove(value[2..^1], out var secret)
            ? new() { Name = name, ValueFrom = secret.ValueFrom }
            : new() { Name = name, Value = value };
}
