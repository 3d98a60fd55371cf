using System.Text.RegularExpressions;
using LaunchStack.Auth;

namespace LaunchStack.TestSupport;

/// <summary>What the tests of two tenants do alike in every service.</summary>
public static partial class TenantRequests
{
    /// <summary>Gives <paramref name="client"/> a new key to read and to send, bound to a user, an instance, or both.</summary>
    public static async Task<HttpClient> WithBoundKeyAsync(this HttpClient client, KeyStore keys, Guid? user, Guid? instance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(keys);
        var (key, _) = await keys.MakeAsync(new("test", [Scopes.Read, Scopes.Ingest], user, instance, null, null, null, null, null), cancellationToken);
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    /// <summary>A route with <paramref name="value"/> in the place of each parameter.</summary>
    public static string Fill(string route, string value) => Parameter.Replace(route, value);

    /// <summary>An answer without the trace, in which two alike differ.</summary>
    public static string WithoutTrace(string answer) => Trace.Replace(answer, "");

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter { get; }

    [GeneratedRegex("\"(traceId|trace_id)\":\"[^\"]*\"")]
    private static partial Regex Trace { get; }
}
