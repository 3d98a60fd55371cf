using Aspire.Hosting.Publishing;

namespace LaunchStack.AppHost;

/// <summary>A parameter's value that is generated once and kept with the state.</summary>
internal sealed class KeptParameterDefault(string name, StateDirectory state, ParameterDefault inner) : ParameterDefault
{
    public override string GetDefaultValue() => state.GetOrAddSecret(name, inner.GetDefaultValue);

    public override void WriteToManifest(ManifestPublishingContext context) => inner.WriteToManifest(context);
}
