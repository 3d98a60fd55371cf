using Aspire.Hosting.ApplicationModel;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Values in compose.yaml: what varies or is secret is a variable of <c>.env</c>.</summary>
internal sealed class ComposeValues(DeploymentModel model, EnvFile settings) : ValueResolver(model)
{
    private readonly EnvFileValues _values = new(model);

    protected override string Literal(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    protected override string Parameter(ParameterResource parameter) => settings.Add(Setting(parameter));

    protected override string ConnectionString(IResourceWithConnectionString resource)
    {
        if (_values.ParametersOf(resource) is { } parameters)
        {
            foreach (var parameter in parameters)
                settings.Add(Setting(parameter));
        }
        var options = Model.Settings(resource.Name);
        return settings.Add(new(
            EnvSetting.NameOf(resource.Name, "connection", "string"),
            options.Description ?? $"Connection string of {resource.Name}.",
            _values.TextOf(resource),
            IsActive: !options.Optional));
    }

    private EnvSetting Setting(ParameterResource parameter) => new(
        EnvSetting.NameOf(parameter.Name),
        parameter.Description ?? Model.Settings(parameter.Name).Description ?? $"The parameter {parameter.Name}.",
        "", IsActive: true);
}
