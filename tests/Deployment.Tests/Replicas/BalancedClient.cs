using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace LaunchStack.Deployment.Tests.Replicas;

/// <summary>A client behind a balancer: one replica after the other, the next one when one does not answer.</summary>
internal sealed class BalancedClient(IReadOnlyList<ServiceProcess> replicas)
{
    private int _turn;

    /// <summary>Batches that were acknowledged.</summary>
    public int Acknowledged;

    /// <summary>Sends until it is acknowledged, as an agent does.</summary>
    public async Task SendAsync(JsonArray samples, CancellationToken cancellationToken)
    {
        while (true)
        {
            var replica = replicas[(int)((uint)Interlocked.Increment(ref _turn) % replicas.Count)];
            try
            {
                using var answer = await replica.Client.PostAsJsonAsync("/v1/usage", samples, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    var receipt = (await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!;
                    Assert.Equal(samples.Count, (int)receipt["accepted"]! + (int)receipt["duplicates"]!);
                    Interlocked.Increment(ref Acknowledged);
                    return;
                }
                // Overloaded, or the database away: nothing was kept.
                Assert.Contains((int)answer.StatusCode, new[] { 429, 503 });
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // It was killed: it may have committed, and may not.
            }
        }
    }
}
