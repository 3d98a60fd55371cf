using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace LaunchStack.Deployment.Tests;

/// <summary>YAML as JSON, with the types that a reader of YAML 1.2 sees.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
    private static readonly ISerializer Writer = new SerializerBuilder().JsonCompatible().Build();

    public static JsonNode Parse(string text) => JsonNode.Parse(Writer.Serialize(Reader.Deserialize<object>(text)))!;
}
