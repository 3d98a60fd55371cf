using System.Net;
using LaunchStack.Aggregator.Reading;
using LaunchStack.Aggregator.Tests.Support;
using LaunchStack.Auth;
using LaunchStack.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LaunchStack.Aggregator.Tests.Reading;

[Collection(nameof(AggregatorApp))]
public sealed class ReadTurnTests(AggregatorFixture fixture) : IClassFixture<AggregatorFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tenant_who_reads_all_the_time_is_told_to_come_again_and_takes_nothing_from_others()
    {
        var (greedy, other) = (Guid.NewGuid(), Guid.NewGuid());
        await fixture.App.Database.DataSource.RunAsync(
            $"""
            INSERT INTO users (id, email) VALUES ('{greedy}', 'greedy@example.org'), ('{other}', 'other@example.org');
            INSERT INTO instances (id, name, user_id) VALUES ('{greedy}', 'greedy', '{greedy}'), ('{other}', 'other', '{other}');
            """);
        var keys = fixture.App.Services.GetRequiredService<KeyStore>();
        using var mine = await fixture.App.Stranger().WithBoundKeyAsync(keys, greedy, null, Token);
        using var theirs = await fixture.App.Stranger().WithBoundKeyAsync(keys, other, null, Token);
        var turns = fixture.App.Services.GetRequiredService<ReadTurnFilter.Shares>().Turns;
        var connections = new NpgsqlConnectionStringBuilder(fixture.App.Services.GetRequiredService<NpgsqlDataSource>().ConnectionString).MaxPoolSize;
        var taken = new List<IDisposable>();
        for (var i = 0; i < Math.Max(1, connections / 3); i++)
            taken.Add(await turns.TakeAsync(greedy, Token));

        // All that scans for a tenant.
        string[] paths =
        [
            $"/v1/instances/{greedy}/stats/history", $"/v1/instances/{greedy}/stats", "/v1/instances", $"/v1/instances/{greedy}/usage", $"/v1/users/{greedy}/usage",
            $"/v1/users/{greedy}/usage/estimate", "/v1/statements", "/v1/alerts", "/v1/alert-rules",
        ];
        var refused = paths.Select(path => mine.GetAsync(path, Token)).ToList();
        using var answered = await theirs.GetAsync($"/v1/instances/{other}/stats/history", Token);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        foreach (var (path, request) in paths.Zip(refused))
        {
            using var busy = await request;
            Assert.True(busy.StatusCode == HttpStatusCode.TooManyRequests, $"{path}: {busy.StatusCode}");
            Assert.Equal(TimeSpan.FromSeconds(5), busy.Headers.RetryAfter!.Delta);
        }

        taken.ForEach(turn => turn.Dispose());
        using var again = await mine.GetAsync(paths[0], Token);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }
}
