namespace Aspire.Hosting.Internal.Health;

/// <summary>Healthy when a URL answers the expected status.</summary>
internal sealed class HttpProbe(HttpClient client, string url, int statusCode) : IHealthProbe
{
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            return (int)response.StatusCode == statusCode ? null : $"{url} answers {(int)response.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return $"{url} does not answer: {e.Message}";
        }
    }
}
