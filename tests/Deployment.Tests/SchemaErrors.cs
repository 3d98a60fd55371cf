using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace LaunchStack.Deployment.Tests;

internal static class SchemaErrors
{
    /// <summary>A schema of the folder <c>Schemas</c>.</summary>
    public static JsonSchema Load(string name) => JsonSchema.FromText(
        // The Compose specification names its dialect by another scheme than the dialect itself does.
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schemas", $"{name}.json"))
            .Replace("\"https://json-schema.org/draft-07/schema\"", "\"http://json-schema.org/draft-07/schema#\"", StringComparison.Ordinal));

    /// <summary>Where and why <paramref name="value"/> is not valid; empty when it is.</summary>
    public static IReadOnlyList<string> Of(JsonSchema schema, JsonNode value)
    {
        var results = schema.Evaluate(JsonSerializer.SerializeToElement(value), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? [] : [.. results.Details!.Where(detail => detail.Errors is not null)
            .Select(detail => $"{detail.InstanceLocation}: {string.Join("; ", detail.Errors!.Values)}")];
    }
}
