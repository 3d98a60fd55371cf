using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LaunchStack.Contracts;

namespace LaunchStack.Usage.Outbox;

/// <summary>The messages as they stand in the outbox: that of every commit without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UsageIngested))]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <summary>For every record of Contracts.</summary>
    public static JsonSerializerOptions Events { get; } = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(Default, new DefaultJsonTypeInfoResolver()),
    };
}
