using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace LaunchStack.Dashboard.Resources;

/// <summary>Talks HTTP with the AppHost: resources, their logs, their commands.</summary>
internal sealed class ResourceServiceClient : IDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public ResourceServiceClient(IConfiguration configuration, IOptions<DashboardOptions> options)
    {
        if (configuration["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] is not { Length: > 0 } address) return;
        _http.BaseAddress = new Uri(address.TrimEnd('/') + "/");
        if (options.Value.ResourceServiceClient.ApiKey is { Length: > 0 } key) _http.DefaultRequestHeaders.Add("x-resource-service-api-key", key);
    }

    /// <summary>False when the dashboard was started alone.</summary>
    public bool Available => _http.BaseAddress is not null;

    public void Dispose() => _http.Dispose();

    public IAsyncEnumerable<ResourceSnapshot> WatchAsync(CancellationToken cancellation) => LinesAsync<ResourceSnapshot>("resources/watch", cancellation);

    public IAsyncEnumerable<ConsoleLine> LogsAsync(string resource, int tail, bool follow, CancellationToken cancellation) =>
        LinesAsync<ConsoleLine>($"resources/{Uri.EscapeDataString(resource)}/logs?tail={tail}&follow={(follow ? "true" : "false")}", cancellation);

    public async Task<CommandResult> RunAsync(string resource, string command, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.PostAsync(new Uri($"resources/{Uri.EscapeDataString(resource)}/commands/{Uri.EscapeDataString(command)}", UriKind.Relative), null, cancellation);
            if (response.Content.Headers.ContentType?.MediaType == "application/json"
                && await response.Content.ReadFromJsonAsync<CommandResult>(Web, cancellation) is { } result) return result;
            return new(response.IsSuccessStatusCode, response.IsSuccessStatusCode ? null : $"The app host answered {(int)response.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return new(false, $"The app host cannot be reached: {e.Message}");
        }
    }

    private async IAsyncEnumerable<T> LinesAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
            if (line.Length > 0 && JsonSerializer.Deserialize<T>(line, Web) is { } item) yield return item;
    }
}
