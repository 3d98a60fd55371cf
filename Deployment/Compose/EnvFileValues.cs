using Aspire.Hosting.ApplicationModel;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Values in <c>.env</c>, where one variable may refer to another.</summary>
internal sealed class EnvFileValues(DeploymentModel model) : ValueResolver(model)
{
    private readonly List<ParameterResource> _seen = [];

    /// <summary>The connection string; empty when it is not made from what is deployed here.</summary>
    public string TextOf(IResourceWithConnectionString resource) => IsExternal(resource) ? "" : Format(resource.ConnectionStringExpression);

    /// <summary>The parameters that the connection string holds.</summary>
    public IEnumerable<ParameterResource> ParametersOf(IResourceWithConnectionString resource)
    {
        _seen.Clear();
        TextOf(resource);
        return [.. _seen];
    }

    protected override string Literal(string text) => text;

    protected override string Parameter(ParameterResource parameter)
    {
        _seen.Add(parameter);
        return $"${{{EnvSetting.NameOf(parameter.Name)}}}";
    }

    protected override string ConnectionString(IResourceWithConnectionString resource) => Format(resource.ConnectionStringExpression);

    private static bool IsExternal(IResourceWithConnectionString resource) => resource is ParameterResource or ConnectionStringResource;
}
