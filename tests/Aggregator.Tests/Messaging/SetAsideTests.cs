using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LaunchStack.Aggregator.Tests.Support;

namespace LaunchStack.Aggregator.Tests.Messaging;

/// <summary>Rows of the outbox that cannot be published as they are.</summary>
[Collection(nameof(AggregatorApp))]
public sealed class SetAsideTests(AggregatorFixture fixture) : IClassFixture<AggregatorFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_that_cannot_be_published_is_seen_and_put_back_by_request()
    {
        var source = fixture.App.Database.DataSource;
        await source.RunAsync("INSERT INTO outbox (message_type, body) VALUES ('Unheard', '{}')");
        await Wait.UntilAsync(async () => await InOutboxAsync(await fixture.App.Client.GetAsync("/v1/error-queues", Token)) == 1, "the row is listed", TimeSpan.FromMinutes(1));

        // What an upgrade does: its type is known now.
        await source.RunAsync(
            """
            UPDATE outbox SET message_type = 'UsageIngested', body = jsonb_build_object('batchId', gen_random_uuid(), 'rows', 1, 'first', now(), 'last', now(),
                                                                                        'instanceCount', 1, 'committedAt', now())
            """);
        Assert.Equal(1, await InOutboxAsync(await fixture.App.Client.PostAsync("/v1/error-queues/requeue", null, Token)));
        await Wait.UntilAsync(async () => await source.ScalarAsync<long>("SELECT count(*) FROM outbox") == 0, "the event is published", TimeSpan.FromMinutes(1));
        Assert.Null(await InOutboxAsync(await fixture.App.Client.PostAsync("/v1/error-queues/requeue", null, Token)));
    }

    private static async Task<int?> InOutboxAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var queues = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).EnumerateArray();
            return queues.Where(queue => queue.GetProperty("queue").GetString() == "outbox").Select(queue => (int?)queue.GetProperty("messages").GetInt32()).SingleOrDefault();
        }
    }
}
