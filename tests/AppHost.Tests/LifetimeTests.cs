using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using LaunchStack.TestSupport;

namespace LaunchStack.AppHost.Tests;

/// <summary>The app host as a process of its own, beside the running system of the other tests.</summary>
[Collection(SystemCollection.Name)]
public sealed class LifetimeTests(SystemFixture system)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_app_host_leaves_no_process_and_loses_no_sample_and_ctrl_c_ends_the_next_one()
    {
        using var state = new TemporaryDirectory("lifetime");
        var instance = Guid.NewGuid();
        using (var killed = new AppHostProcess(state.Path))
        {
            await killed.ReadyAsync();
            using var ingest = Client(killed, "ingest-api");
            using var registered = await ingest.PutAsJsonAsync($"/v1/instances/{instance}", new { name = "kept" }, Cancelled);
            registered.EnsureSuccessStatusCode();
            using var posted = await ingest.PostAsJsonAsync(
                "/v1/usage", new { instance_id = instance, timestamp = TimeProvider.System.GetUtcNow(), cpu_usage = 12.5 }, Cancelled);
            posted.EnsureSuccessStatusCode();
            var processes = RunningProcesses.Mentioning(state.Path);
            foreach (var kind in new[] { "gateway.mjs", "beam", "epmd", "Ingest.Api", "Aggregator", "Agent", "Aspire.Dashboard", "dcp" })
                Assert.Contains(processes.Values, command => command.Contains(kind, StringComparison.Ordinal));

            killed.Kill();
        }

        // At once, while the first one's processes are still on their way out.
        using var second = new AppHostProcess(state.Path);
        await second.ReadyAsync();
        using (var aggregator = Client(second, "aggregator"))
        {
            var history = await aggregator.GetFromJsonAsync<JsonArray>($"/v1/instances/{instance}/stats/history?period=10m", Cancelled);
            Assert.Equal(1, history!.Sum(bucket => (int)bucket!["sample_count"]!));
        }

        // The other system knows nothing of it.
        var others = await system.Aggregator.GetFromJsonAsync<JsonObject>("/v1/instances?search=kept", Cancelled);
        Assert.DoesNotContain(others!["instances"]!.AsArray(), other => (string?)other!["name"] == "kept");

        await second.InterruptAsync();
        Assert.Equal(0, await second.ExitAsync());
        await Wait.UntilAsync(() => RunningProcesses.Mentioning(state.Path).Count == 0, "every process is gone", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_failed_migrator_is_named_with_its_reason_and_leaves_the_services_unstarted()
    {
        await using var postgres = await TestPostgres.CreateAsync();
        using var state = new TemporaryDirectory("failing");
        using var host = new AppHostProcess(state.Path, new Dictionary<string, string>
        {
            ["ConnectionStrings__launchstack"] = postgres.ConnectionString,
            ["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1",
        });

        var error = await host.PrintsAsync("error: migrator failed (exit code 1)");

        foreach (var service in new[] { "ingest-api", "aggregator", "agent" })
            Assert.Contains(service, error[error.IndexOf("not started:", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Contains(host.Lines, line => line.StartsWith("  migrator: ", StringComparison.Ordinal) && line.Contains("timescaledb", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(RunningProcesses.Mentioning(state.Path).Values, command => command.Contains("Ingest.Api.dll", StringComparison.Ordinal));
        await host.InterruptAsync();
        Assert.Equal(0, await host.ExitAsync());
    }

    [Fact]
    public async Task A_state_in_use_is_refused()
    {
        using var host = new AppHostProcess(system.State);

        Assert.Equal(1, await host.ExitAsync());

        Assert.Contains(host.Lines, line => line.StartsWith($"error: {system.State} is in use by another app host", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_is_named_before_anything_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var state = new TemporaryDirectory("ports");
        using var host = new AppHostProcess(state.Path, new Dictionary<string, string>
        {
            ["DcpPublisher__RandomizePorts"] = "false",
            ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
        });

        Assert.Equal(1, await host.ExitAsync());

        var error = Assert.Single(host.Lines, line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains($"{port} (the dashboard)", error, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
        Assert.Empty(RunningProcesses.Mentioning(state.Path));
    }

    private static HttpClient Client(AppHostProcess host, string resource) =>
        RetryUnavailable.Client(new(host.Printed(resource)), new AuthenticationHeaderValue("Bearer", host.Printed("admin key")));
}
