using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Internal.Dashboard;
using LaunchStack.TestSupport;
using static Aspire.Hosting.ApplicationModel.KnownResourceStates;

namespace LaunchStack.Hosting.Tests;

public sealed class ResourceServiceTests
{
    private readonly CancellationToken _end = TestContext.Current.CancellationToken;
    private readonly string _url = $"http://127.0.0.1:{FreePort.Take()}";

    [Fact]
    public async Task It_shows_resources_only_to_the_holder_of_the_key()
    {
        await using var test = await TestApp.StartAsync(t =>
            t.Shell("service", "exec sleep 600").WithEnvironment("Auth__AdminKey", "hidden").WithEnvironment("Mode", "fast"));
        await test.Until("service", Healthy);
        await using var service = await StartAsync(test);
        using var client = new HttpClient { BaseAddress = new Uri(_url) };
        using var refused = await client.GetAsync("/resources", _end);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        client.DefaultRequestHeaders.Add(ResourceService.KeyHeader, "key");
        var resource = (await client.GetFromJsonAsync<JsonElement>("/resources", _end)).EnumerateArray().Single();

        Assert.Equal("service", resource.GetProperty("name").GetString());
        Assert.Equal("Healthy", resource.GetProperty("state").GetString());
        Assert.Equal(test.Now("service").Pid, resource.GetProperty("pid").GetInt32());
        var environment = resource.GetProperty("environment").EnumerateArray().ToDictionary(
            v => v.GetProperty("name").GetString()!, v => v.GetProperty("secret").GetBoolean());
        Assert.True(environment["Auth__AdminKey"]);
        Assert.False(environment["Mode"]);
    }

    [Fact]
    public async Task Its_commands_stop_and_start_a_resource_and_its_log_goes_on()
    {
        await using var test = await TestApp.StartAsync(t => t.Shell("service", "echo here I am; exec sleep 600"));
        var first = await test.Until("service", Healthy);
        await using var service = await StartAsync(test);
        using var client = new HttpClient { BaseAddress = new Uri(_url) };
        client.DefaultRequestHeaders.Add(ResourceService.KeyHeader, "key");

        async Task<bool> CommandAsync(string command)
        {
            using var response = await client.PostAsync($"/resources/service/commands/{command}", null, _end);
            return (await response.Content.ReadFromJsonAsync<JsonElement>(_end)).GetProperty("success").GetBoolean();
        }

        await Wait.UntilAsync(() => test.Log("service").Contains("here", StringComparison.Ordinal), "the first start has said its line");
        Assert.True(await CommandAsync("stop"));
        Assert.Equal(Stopped, test.Now("service").State);
        Assert.True(await CommandAsync("start"));
        var again = await test.Until("service", s => s.State == Healthy && s.Pid != first.Snapshot.Pid);
        Assert.False(await CommandAsync("start"));
        Assert.False(await CommandAsync("dance"));

        Assert.NotNull(again.Snapshot.Pid);
        await Wait.UntilAsync(
            async () => (await client.GetStringAsync("/resources/service/logs?tail=10", _end)).Trim().Split('\n').Length == 2,
            "both starts stand in the log");
    }

    [Fact]
    public async Task A_command_of_the_app_host_is_offered_by_state_and_says_how_it_ended()
    {
        await using var test = await TestApp.StartAsync(t => t.Shell("service", "exec sleep 600")
            .WithCommand("wash", "Wash", c => Task.FromResult(CommandResults.Success()))
            .WithCommand("spoil", "Spoil", c => Task.FromResult(CommandResults.Failure($"no {c.ResourceName} today")),
                new CommandOptions { Description = "Spoils it.", UpdateState = _ => ResourceCommandState.Disabled })
            .WithCommand("throw", "Throw", _ => throw new InvalidOperationException("thrown"), new() { UpdateState = _ => ResourceCommandState.Hidden }));
        await test.Until("service", Healthy);
        await using var service = await StartAsync(test);
        using var client = new HttpClient { BaseAddress = new Uri(_url) };
        client.DefaultRequestHeaders.Add(ResourceService.KeyHeader, "key");

        var resource = (await client.GetFromJsonAsync<JsonElement>("/resources", _end)).EnumerateArray().Single();
        var commands = resource.GetProperty("commands").EnumerateArray().ToDictionary(
            c => c.GetProperty("name").GetString()!, c => c.GetProperty("enabled").GetBoolean());
        async Task<string?> RunAsync(string command)
        {
            using var response = await client.PostAsync($"/resources/service/commands/{command}", null, _end);
            return (await response.Content.ReadFromJsonAsync<JsonElement>(_end)).GetProperty("message").GetString();
        }

        Assert.True(commands["wash"]);
        Assert.False(commands["spoil"]);
        Assert.DoesNotContain("throw", commands.Keys);
        Assert.Equal("wash: done", await RunAsync("wash"));
        Assert.Equal("no service today", await RunAsync("spoil"));
        Assert.Equal("thrown", await RunAsync("throw"));
    }

    [Fact]
    public async Task It_streams_states_and_lines_as_they_come()
    {
        await using var test = await TestApp.StartAsync(t => t.Shell("service", "while [ ! -e go ]; do sleep 0.05; done; echo now; exec sleep 600"));
        await test.Until("service", Healthy);
        await using var service = await StartAsync(test);
        using var client = new HttpClient { BaseAddress = new Uri(_url) };
        client.DefaultRequestHeaders.Add(ResourceService.KeyHeader, "key");
        using var states = new StreamReader(await client.GetStreamAsync("/resources/watch", _end));
        using var lines = new StreamReader(await client.GetStreamAsync("/resources/service/logs?tail=10&follow=true", _end));

        await File.WriteAllTextAsync(test.PathOf("go"), "", _end);

        Assert.Contains("\"name\":\"service\"", await states.ReadLineAsync(_end));
        var line = JsonDocument.Parse((await lines.ReadLineAsync(_end))!).RootElement;
        Assert.Equal("now", line.GetProperty("text").GetString());
        Assert.Equal("stdout", line.GetProperty("stream").GetString());
    }

    private async Task<ResourceService> StartAsync(TestApp test)
    {
        var service = new ResourceService(_url, "key", test.App.Engine, test.App.Services, _end);
        await service.StartAsync(_end);
        return service;
    }
}
