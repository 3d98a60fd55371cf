using System.Text.Json;
using System.Text.Json.Serialization;
using LaunchStack.Contracts;

namespace LaunchStack.Usage.Outbox;

/// <summary>The messages as they stand in the outbox; every record of Contracts is listed.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UsageIngested))]
[JsonSerializable(typeof(UsageRolledUp))]
[JsonSerializable(typeof(UsageAlertRaised))]
[JsonSerializable(typeof(UsageAlertResolved))]
[JsonSerializable(typeof(SchemaMigrated))]
[JsonSerializable(typeof(DataMigrated))]
internal sealed partial class EventJson : JsonSerializerContext;
