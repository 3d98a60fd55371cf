using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LaunchStack.Ingest.Api.Tests.Http;

/// <summary>Counters over a restart of the real service.</summary>
public sealed class RestartTests(ServedApi api) : IClassFixture<ServedApi>
{
    // On a step, a while ago: all of it is in the past.
    private static readonly long Start = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 10 * 10) - 600;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_sender_repeats_is_no_traffic()
    {
        await RegisterAsync("resent");
        for (var i = 0; i <= 10; i++)
        {
            await WriteAsync("resent", 0, i);
            await WriteAsync("resent", 1, i);
        }
        await api.RestartAsync();
        await WriteAsync("resent", 1, [.. Enumerable.Range(5, 6)]);
        foreach (var i in new[] { 11, 12, 13 })
        {
            await WriteAsync("resent", 0, i);
            await WriteAsync("resent", 1, i);
        }
        Assert.Equal(Enumerable.Repeat(2000L, 13), await IncreasesAsync("resent"));
    }

    [Fact]
    public async Task A_sender_that_lags_is_no_leap()
    {
        await RegisterAsync("lagging");
        foreach (var device in new[] { 0, 1 })
        {
            for (var i = 0; i < 12; i++)
                await WriteAsync("lagging", device, i);
        }
        Assert.Equal(22_000, (await IncreasesAsync("lagging")).Sum());
    }

    [Fact]
    public async Task A_container_that_was_restarted_meanwhile_counts_whole()
    {
        await RegisterAsync("restarted");
        for (var i = 0; i < 3; i++)
            await ExportAsync("restarted", i, 1_000_000_000 + (1000 * i), Start - 5000);
        await api.RestartAsync();
        await ExportAsync("restarted", 3, 2_000_000_000, Start + 25);
        await ExportAsync("restarted", 4, 2_000_000_010, Start + 25);
        var increases = await IncreasesAsync("restarted");
        Assert.Equal([1000, 1000, 2_000_000_000, 10], increases);
    }

    private Task RegisterAsync(string name) =>
        api.Database.DataSource.RunAsync($"INSERT INTO instances (id, name, status) VALUES ('{Guid.NewGuid()}', '{name}', 'running')");

    private Task WriteAsync(string name, int device, params int[] steps) => PostAsync("/write?precision=s", "text/plain", string.Join('\n', steps.Select(i => string.Create(
        CultureInfo.InvariantCulture, $"docker_container_net,container_name={name},network=eth{device} rx_bytes={(500_000_000_000 * (1 + device)) + (1000 * i)}i {Start + (10 * i)}"))));

    private Task ExportAsync(string name, int step, long value, long start) => PostAsync("/v1/metrics", "application/json", string.Create(
        CultureInfo.InvariantCulture,
        $$$"""
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"container.name","value":{"stringValue":"{{{name}}}"}}]},"scopeMetrics":[{"metrics":[
        {"name":"container.network.io","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"{{{value}}}",
        "startTimeUnixNano":"{{{start}}}000000000","timeUnixNano":"{{{Start + (10 * step)}}}000000000","attributes":[
        {"key":"network.io.direction","value":{"stringValue":"receive"}},{"key":"network.interface.name","value":{"stringValue":"eth0"}}]}]}}]}]}]}
        """));

    private async Task PostAsync(string path, string type, string body, HttpStatusCode? expected = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await api.Client.PostAsync(new Uri(path, UriKind.Relative), content, Token);
        if (expected is null)
            response.EnsureSuccessStatusCode();
        else
            Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_taken_that_the_database_s_policy_would_have_dropped()
    {
        await RegisterAsync("old");
        await api.Database.DataSource.RunAsync(
            "SELECT alter_job(job_id, config => jsonb_set(config, '{drop_after}', '\"45 days\"')) FROM timescaledb_information.jobs WHERE config ->> 'relation' = 'resource_usage'");
        await api.RestartAsync();
        await PostAsync("/write?precision=s", "text/plain", string.Join('\n', new[] { 44, 46 }.Select(days => string.Create(
            CultureInfo.InvariantCulture, $"docker_container_net,container_name=old,network=eth0 rx_bytes=1i {Start - (days * 86_400)}"))), HttpStatusCode.BadRequest);
        Assert.Equal(1L, await api.Database.DataSource.ScalarAsync<long>("SELECT count(*) FROM resource_usage WHERE instance_id = (SELECT id FROM instances WHERE name = 'old')"));
    }

    // As every reader has them: a fall counts whole.
    private async Task<long[]> IncreasesAsync(string name)
    {
        await using var command = api.Database.DataSource.CreateCommand(
            $"SELECT network_in FROM resource_usage WHERE instance_id = (SELECT id FROM instances WHERE name = '{name}') ORDER BY \"timestamp\"");
        await using var reader = await command.ExecuteReaderAsync(Token);
        var totals = new List<long>();
        while (await reader.ReadAsync(Token))
            totals.Add(reader.GetInt64(0));
        return [.. totals.Skip(1).Zip(totals, (total, before) => total >= before ? total - before : total)];
    }
}
