using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace LaunchStack.Deployment.Compose;

/// <summary>compose.yaml. https://github.com/compose-spec/compose-spec/blob/main/spec.md</summary>
internal sealed record ComposeFile(IReadOnlyDictionary<string, ComposeService> Services, IReadOnlyDictionary<string, object> Networks, IReadOnlyDictionary<string, object> Volumes)
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        // Readers of YAML 1.1 take a bare "off" or "no" for false.
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .DisableAliases()
        .Build();

    public override string ToString() => Serializer.Serialize(this);
}
