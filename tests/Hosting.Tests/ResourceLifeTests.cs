using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using LaunchStack.TestSupport;
using static Aspire.Hosting.ApplicationModel.KnownResourceStates;

namespace LaunchStack.Hosting.Tests;

public sealed class ResourceLifeTests
{
    [Fact]
    public async Task A_dependent_waits_until_the_health_check_passes()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            var database = t.Gated("database");
            t.Shell("service", "exec sleep 600").WaitFor(database);
        });

        await test.Until("database", s => s.State == Running && s.Reason?.Contains("503", StringComparison.Ordinal) == true);
        Assert.Equal(Waiting, test.Now("service").State);
        Assert.Equal("for database to be healthy", test.Now("service").Reason);

        test.Open("database");
        await test.Until("service", Healthy);
        Assert.Equal(Healthy, test.Now("database").State);
    }

    [Fact]
    public async Task A_dependent_starts_after_the_completion_that_it_waits_for()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            var migrator = t.Shell("migrator", $"while [ ! -e go ]; do sleep 0.05; done; exit 0");
            t.Shell("service", "exec sleep 600").WaitForCompletion(migrator);
        });

        await test.Until("migrator", Running);
        Assert.Equal(Waiting, test.Now("service").State);

        await File.WriteAllTextAsync(test.PathOf("go"), "", TestContext.Current.CancellationToken);
        await test.Until("service", Healthy);
        Assert.Equal(Finished, test.Now("migrator").State);
    }

    [Fact]
    public async Task A_failed_completion_fails_its_dependents_with_the_cause()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            var migrator = t.Shell("migrator", "echo 'relation users is missing' >&2; exit 3");
            var service = t.Shell("service", "exec sleep 600").WaitForCompletion(migrator);
            t.Shell("agent", "exec sleep 600").WaitFor(service);
        });

        var agent = await test.Until("agent", Failed);

        Assert.Equal("exited with code 3: relation users is missing", test.Now("migrator").Reason);
        Assert.Contains("relation users is missing", agent.Snapshot.Reason);
        Assert.Null(test.Now("service").StartTimeStamp);
    }

    [Fact]
    public async Task A_program_that_ends_before_it_was_healthy_fails_with_its_last_words()
    {
        await using var test = await TestApp.StartAsync(t =>
            t.Gated("unused").ApplicationBuilder.AddExecutable("service", "sh", ".", "-c", "echo starting; echo 'no key given' >&2; exit 1")
                .WithHttpEndpoint().WithHttpHealthCheck("/health"));

        var failed = await test.Until("service", Failed);

        Assert.Equal("exited with code 1: no key given", failed.Snapshot.Reason);
        Assert.Equal(0, failed.Snapshot.Restarts);
    }

    [Fact]
    public async Task A_healthy_program_that_is_killed_is_started_again()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            t.Gated("service");
            t.Open("service");
        });
        var first = await test.Until("service", Healthy);

        using (var process = Process.GetProcessById(first.Snapshot.Pid!.Value))
            process.Kill();
        var again = await test.Until("service", s => s.Restarts == 1 && s.State == Healthy);

        Assert.NotEqual(first.Snapshot.Pid, again.Snapshot.Pid);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_remedy()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var directory = new TemporaryDirectory();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--state", directory.Path],
            ProjectDirectory = directory.Path,
        });
        builder.AddExecutable("service", "sleep", directory.Path, "600").WithHttpEndpoint(port: port);
        await using var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);

        var failed = await app.ResourceNotifications.WaitForResourceAsync("service", e => e.Snapshot.State == Failed, TestContext.Current.CancellationToken);

        Assert.Contains($"port {port} of service is taken", failed.Snapshot.Reason);
        Assert.Contains("--ports dynamic", failed.Snapshot.Reason);
    }

    [Fact]
    public async Task Stopping_takes_dependents_down_before_what_they_wait_for()
    {
        await using var test = await TestApp.StartAsync(t =>
        {
            const string Script = "trap 'date +%s%N > $0.stopped; exit 0' TERM; : > $0.up; while :; do sleep 0.05; done";
            var database = t.Builder.AddExecutable("database", "sh", t.PathOf("."), "-c", Script, "database");
            t.Builder.AddExecutable("service", "sh", t.PathOf("."), "-c", Script, "service").WaitFor(database);
        });
        await test.Until("service", Healthy);
        await Wait.UntilAsync(
            () => File.Exists(test.PathOf("database.up")) && File.Exists(test.PathOf("service.up")), "both have set their traps");

        await test.App.StopAsync(TestContext.Current.CancellationToken);

        async Task<long> StoppedAtAsync(string name) => long.Parse(
            await File.ReadAllTextAsync(test.PathOf($"{name}.stopped"), TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        var database = await StoppedAtAsync("database");
        var service = await StoppedAtAsync("service");
        Assert.True(service < database, $"service stopped at {service}, database at {database}");
        Assert.Equal(Stopped, test.Now("database").State);
        Assert.False(File.Exists(Path.Combine(test.State, "run.json")));
    }

    [Fact]
    public async Task What_a_program_leaves_behind_in_its_group_goes_with_it()
    {
        await using var test = await TestApp.StartAsync(t => t.Shell("service", "sleep 600 & echo child $!; exit 7"));

        await test.Until("service", Failed);

        var child = int.Parse(test.Log("service").Split(' ', '\n')[1], CultureInfo.InvariantCulture);
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{child}") || IsZombie(child), $"process {child} is gone");
    }

    private static bool IsZombie(int pid) => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
}
