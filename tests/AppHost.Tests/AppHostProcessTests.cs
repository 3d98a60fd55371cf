using LaunchStack.TestSupport;

namespace LaunchStack.AppHost.Tests;

public sealed class AppHostProcessTests
{
    [Fact]
    public async Task No_child_of_any_kind_outlives_a_killed_app_host()
    {
        using var host = new AppHostProcess();
        await host.ReadyAsync();
        var children = host.Descendants();
        foreach (var kind in new[] { "gateway.mjs", "beam", "epmd", "Ingest.Api.dll", "Aggregator.dll", "Agent.dll" })
            Assert.Contains(children.Values, command => command.Contains(kind, StringComparison.Ordinal));

        host.Kill();

        await Wait.UntilAsync(
            () => !children.Any(c => AppHostProcess.Runs(c.Key, c.Value)), "every child is gone", TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Ctrl_c_stops_everything_in_order_with_exit_code_0()
    {
        using var host = new AppHostProcess();
        await host.ReadyAsync();
        var children = host.Descendants();
        Assert.True(File.Exists(Path.Combine(host.State, "run.json")));

        await host.InterruptAsync();

        Assert.Equal(0, await host.ExitAsync());
        Assert.DoesNotContain(children, c => AppHostProcess.Runs(c.Key, c.Value));
        Assert.False(File.Exists(Path.Combine(host.State, "run.json")));
    }

    [Fact]
    public async Task A_failed_migrator_ends_the_run_with_its_cause_on_the_last_line()
    {
        await using var postgres = await TestPostgres.CreateAsync();
        using var host = new AppHostProcess(new Dictionary<string, string>
        {
            ["ConnectionStrings__launchstack"] = postgres.ConnectionString,
            ["ConnectionStrings__messaging"] = "amqp://guest:guest@127.0.0.1:1",
        });

        Assert.Equal(1, await host.ExitAsync());

        Assert.StartsWith("error: migrator failed: ", host.Lines.Last());
        Assert.Contains("timescaledb", host.Lines.Last(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(host.Lines, l => l.Contains("ingest-api   Running", StringComparison.Ordinal));
    }
}
