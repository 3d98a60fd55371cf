using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace LaunchStack.AppHost.Tests;

/// <summary>The dashboard's telemetry API: OTLP in JSON.</summary>
internal static class Telemetry
{
    public static async Task<IReadOnlyList<(string Resource, string Trace, string Name)>> SpansAsync(HttpClient dashboard, CancellationToken cancellationToken)
    {
        var answer = await dashboard.GetFromJsonAsync<JsonNode>("/api/telemetry/spans?limit=10000", cancellationToken);
        return
        [
            .. from resource in answer!["data"]!["resourceSpans"]!.AsArray()
               let name = resource!["resource"]!["attributes"]!.AsArray().First(a => (string?)a!["key"] == "service.name")!["value"]!["stringValue"]
               from scope in resource["scopeSpans"]!.AsArray()
               from span in scope!["spans"]!.AsArray()
               select ((string)name!, (string)span!["traceId"]!, (string)span["name"]!),
        ];
    }
}
