using System.Text.RegularExpressions;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests;

/// <summary>The real program, killed.</summary>
public sealed partial class AgentProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<AgentProgram> _started = [];

    [Fact]
    public async Task What_was_sampled_before_a_kill_is_delivered_after_a_restart()
    {
        await using var server = await ScriptedIngest.StartAsync();
        for (var i = 0; i < 1000; i++)
            server.Posts.Enqueue(new(503));

        var first = Start(server.Address);
        var kept = await KeptAsync(first, atLeast: 10);
        first.Kill();
        await first.ExitAsync();
        Assert.Empty(server.Samples);

        server.Posts.Clear();
        Start(server.Address);
        await server.UntilStoredAsync(kept + 2);

        var times = server.Samples.Select(sample => sample.GetProperty("timestamp").GetDateTime()).ToArray();
        Assert.Equal(times.Order(), times);
        Assert.Single(server.Samples.Select(sample => sample.GetProperty("instance_id").GetGuid()).Distinct());
    }

    [Fact]
    public async Task A_suspended_agent_makes_up_no_samples_and_goes_on()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var agent = Start(server.Address);
        await server.UntilStoredAsync(5);

        agent.Signal("STOP");
        var stopped = TimeProvider.System.GetUtcNow();
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        var resumed = TimeProvider.System.GetUtcNow();
        agent.Signal("CONT");
        await server.UntilStoredAsync(server.Samples.Count + 10);

        // One that was about to be taken when the signal came, and one for all the ticks of the time between.
        var between = server.Samples.Select(sample => sample.GetProperty("timestamp").GetDateTimeOffset()).Count(at => at > stopped && at < resumed);
        Assert.InRange(between, 0, 2);
    }

    [Theory]
    [InlineData("--help", 0, "Usage:")]
    [InlineData("--nonsense", 2, "There is no option --nonsense.")]
    [InlineData("--interval=10", 1, "Agent:Interval is 10.00:00:00")]
    [InlineData("--interval=soon", 1, "'Agent:Interval'")]
    public async Task The_command_line_is_answered(string argument, int exitCode, string text)
    {
        var agent = Start(new("http://127.0.0.1:9"), argument);
        var output = await Task.WhenAll(
            agent.Output.ReadToEndAsync(TestContext.Current.CancellationToken),
            agent.Error.ReadToEndAsync(TestContext.Current.CancellationToken));
        await agent.ExitAsync();

        Assert.Contains(text, string.Concat(output), StringComparison.Ordinal);
        Assert.Equal(exitCode, agent.ExitCode);
    }

    public void Dispose()
    {
        _started.ForEach(agent => agent.Dispose());
        _directory.Dispose();
    }

    private AgentProgram Start(Uri endpoint, params string[] more)
    {
        _started.Add(AgentProgram.Start([
            "--endpoint", endpoint.ToString(), "--state-directory", _directory.Path, "--interval", "00:00:00.1",
            "--Agent:Delivery:RetryMin=00:00:00.05", "--Agent:Delivery:RetryMax=00:00:00.1", .. more,
        ]));
        return _started[^1];
    }

    /// <summary>Reads the log until it says that so many samples wait.</summary>
    private static async Task<int> KeptAsync(AgentProgram agent, int atLeast)
    {
        while (await agent.Output.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (Kept().Match(line) is { Success: true } match && int.Parse(match.Groups[1].Value, null) is var kept && kept >= atLeast)
                return kept;
        }

        throw new InvalidOperationException($"The agent ended: {await agent.Error.ReadToEndAsync(TestContext.Current.CancellationToken)}");
    }

    [GeneratedRegex("([0-9]+) samples are kept on disk")]
    private static partial Regex Kept();
}
