using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace LaunchStack.Deployment.Tests.Replicas;

/// <summary>More than one of each service.</summary>
public sealed class ReplicaTests(ReplicaFixture system) : IClassFixture<ReplicaFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_revoked_at_one_is_void_at_the_other_within_5_seconds()
    {
        await system.StartMissingAsync();
        using var made = await system.Ingest[0].Client.PostAsJsonAsync("/v1/keys", new { name = "shared", scopes = new[] { "ingest" }, registers_instances = true }, Cancelled);
        var key = (await made.Content.ReadFromJsonAsync<JsonNode>(Cancelled))!;
        await Wait.UntilAsync(async () => await TryAsync((string)key["key"]!) == HttpStatusCode.OK, "the other one knows the key");

        using var revoked = await system.Ingest[0].Client.DeleteAsync($"/v1/keys/{key["details"]!["id"]}", Cancelled);
        Assert.True(revoked.IsSuccessStatusCode, $"{revoked.StatusCode}");
        var since = TimeProvider.System.GetTimestamp();

        // Judged by when a request was sent: an answer may take its time on a busy machine.
        HttpStatusCode last;
        do
        {
            var sent = TimeProvider.System.GetElapsedTime(since);
            last = await TryAsync((string)key["key"]!);
            Assert.True(last == HttpStatusCode.Unauthorized || sent < TimeSpan.FromSeconds(5), $"{last} for a request sent {sent.TotalSeconds:0.0} s after the revocation");
        }
        while (last != HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task One_of_each_killed_under_load_loses_no_sample_and_no_event_and_runs_no_job_twice()
    {
        const int Senders = 4, Batches = 15, Samples = 20;
        await system.StartMissingAsync();
        await system.Database.DataSource.RunAsync(
            """
            CREATE TABLE job_runs (job_id int, at timestamptz);
            CREATE PROCEDURE count_run(job_id int, config jsonb) LANGUAGE sql AS $$ INSERT INTO job_runs VALUES (job_id, clock_timestamp()) $$;
            SELECT add_job('count_run', '1 day', config => jsonb_build_object('n', n)) FROM generate_series(1, 5) n;
            """);
        var instances = Enumerable.Range(0, Senders).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var instance in instances)
        {
            using var put = await system.Ingest[1].Client.PutAsJsonAsync($"/v1/instances/{instance}", new { name = $"replica-{instance:N}" }, Cancelled);
            put.EnsureSuccessStatusCode();
        }

        var client = new BalancedClient(system.Ingest);
        // Whole buckets of the past, so that each event has something to refresh.
        var start = new DateTimeOffset(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero).AddDays(-2);
        var senders = instances.Select(async instance =>
        {
            for (var batch = 0; batch < Batches; batch++)
                await client.SendAsync(Batch(instance, start.AddMinutes(batch * Samples), Samples), Cancelled);
        }).ToArray();
        await Wait.UntilAsync(() => client.Acknowledged > Senders * Batches / 3, "a third is acknowledged", TimeSpan.FromMinutes(2));
        system.Ingest[0].Kill();
        system.Aggregators[0].Kill();
        Assert.True(client.Acknowledged < Senders * Batches, "all was acknowledged before the kill");
        await Task.WhenAll(senders);

        Assert.Equal(Senders * Batches * Samples, await system.Database.DataSource.ScalarAsync<long>($"SELECT count(*) FROM resource_usage WHERE instance_id IN ({In(instances)})"));
        // The killed relay's leases run out after 30 s.
        await Wait.UntilAsync(async () => await system.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM outbox") == 0, "the outbox is empty", TimeSpan.FromMinutes(2));
        await Wait.UntilAsync(
            async () => await system.Database.DataSource.ScalarAsync<long>($"SELECT coalesce(sum(sample_count), 0)::bigint FROM resource_usage_5m WHERE instance_id IN ({In(instances)})") == Senders * Batches * Samples,
            "every sample is rolled up", TimeSpan.FromMinutes(2));
        Assert.Equal((0u, false), await QueuesAsync());
        // The killed one may have held a job: its lease of 15 minutes is taken as over. The other one alone runs jobs now, one after the other.
        await system.Database.DataSource.RunAsync("UPDATE policy_runs SET claimed_until = now() WHERE claimed_until > now() AND job_id NOT IN (SELECT job_id FROM job_runs)");
        await Wait.UntilAsync(async () => await system.Database.DataSource.ScalarAsync<long>("SELECT count(DISTINCT job_id) FROM job_runs") == 5, "every job ran", TimeSpan.FromMinutes(2));
        Assert.Equal(5, await system.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM job_runs"));
    }

    private static JsonArray Batch(Guid instance, DateTimeOffset from, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new JsonObject { ["instance_id"] = instance, ["timestamp"] = from.AddMinutes(i), ["cpu_usage"] = 1.5, ["network_in"] = 1000 * i })];

    private static string In(IEnumerable<Guid> instances) => string.Join(',', instances.Select(instance => $"'{instance}'"));

    private async Task<HttpStatusCode> TryAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/usage") { Content = JsonContent.Create(Batch(Guid.NewGuid(), TimeProvider.System.GetUtcNow(), 1)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await system.Ingest[1].Client.SendAsync(request, Cancelled);
        return answer.StatusCode;
    }

    /// <summary>Events that wait, and whether there is an error queue.</summary>
    private async Task<(uint Waiting, bool HasErrors)> QueuesAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = new(system.Broker) }.CreateConnectionAsync(Cancelled);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        var waiting = await channel.MessageCountAsync("usage-rollups", Cancelled);
        try
        {
            return (waiting, await channel.MessageCountAsync("usage-rollups_error", Cancelled) > 0);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            // There is none.
            return (waiting, false);
        }
    }
}
