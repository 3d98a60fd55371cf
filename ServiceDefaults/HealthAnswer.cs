using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LaunchStack.ServiceDefaults;

/// <summary>What <c>/health</c> says: the whole state, and of each check its state and the reason when it is not healthy.</summary>
internal static class HealthAnswer
{
    /// <summary>
    /// Writes one line of JSON: <c>{"status":"Degraded","checks":{"disk":{"status":"Degraded","reason":"…"}}}</c>. Callers have no key,
    /// so only what a check says goes out, never an exception's text or data: these hold addresses and names of users.
    /// </summary>
    public static async Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(http.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("status", report.Status.ToString());
            json.WriteStartObject("checks");
            foreach (var (name, entry) in report.Entries)
            {
                json.WriteStartObject(name);
                json.WriteString("status", entry.Status.ToString());
                if (entry.Status != HealthStatus.Healthy && entry.Description is { } reason && reason != entry.Exception?.Message)
                    json.WriteString("reason", reason);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        await http.Response.WriteAsync("\n");
    }
}
