using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using LaunchStack.Web.SignIn;

namespace LaunchStack.Web.Clients;

/// <summary>Calls a service with the key of whoever is signed in: what a page shows is what that key may see.</summary>
/// <param name="http">Its address.</param>
/// <param name="context">Who is signed in.</param>
/// <param name="service">Its name in messages.</param>
internal abstract class ServiceClient(HttpClient http, IHttpContextAccessor context, string service)
{
    /// <summary>For what reads a month of samples before it answers: the aggregator ends a replay after 25 s, and does one at a time.</summary>
    public static readonly TimeSpan Computing = TimeSpan.FromMinutes(1);

    // Whoever looks at a page would rather be told than wait.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.Strict,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What a path answers; null: 404.</summary>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<T?> FindAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await GetAsync<T>(path, cancellationToken);
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            return null;
        }
    }

    /// <summary>What a path answers.</summary>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return await ReadAsync<T>(answer, cancellationToken);
    }

    /// <summary>A page of a list: an array and the header Link, or an object of rows and <c>next</c>.</summary>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<Page<T>> PageAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        var body = await ReadAsync<JsonElement>(answer, cancellationToken);
        return body.ValueKind == JsonValueKind.Array
            ? new(body.Deserialize<List<T>>(Json)!, NextLink.Of(answer.Headers))
            : new(
                body.EnumerateObject().First(member => member.Value.ValueKind == JsonValueKind.Array).Value.Deserialize<List<T>>(Json)!,
                body.TryGetProperty("next", out var next) ? next.GetString() : null);
    }

    /// <summary>The bytes that a path answers, as they came.</summary>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<byte[]> BytesAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Changes something.</summary>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<T> SendAsync<T>(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan? patience = null, string? key = null)
    {
        using var answer = await SendAsync(method, path, body, cancellationToken, patience, key);
        return await ReadAsync<T>(answer, cancellationToken);
    }

    /// <summary>Changes something; the caller disposes of the answer, whose status is one of success.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">Sent as JSON; null: none.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="patience">How long the answer may take; 10 s unless given.</param>
    /// <param name="key">The key; null: that of whoever is signed in.</param>
    /// <exception cref="ApiException">No answer, or a refusal.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan? patience = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? SignedIn.Of(context.HttpContext!.User).Key);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        var longest = patience ?? Usual;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(longest);
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ApiException(service, null, e is HttpRequestException ? e.Message : $"No answer within {longest.TotalSeconds} s.", e);
        }
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new ApiException(service, (int)answer.StatusCode, await DetailAsync(answer, cancellationToken));
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return (await answer.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken))?.Detail;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or HttpRequestException)
        {
            // Something in between answered, such as a proxy.
            return null;
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return (await answer.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            throw new ApiException(service, null, $"Its answer does not read as expected: {e.Message}", e);
        }
    }

    private sealed record Problem(string? Title, string? Detail);
}
