using LaunchStack.Agent.CommandLine;

namespace LaunchStack.Agent.Tests.CommandLine;

public class AgentCommandTests
{
    [Theory]
    [InlineData("--simulate 50", "Agent:Simulate", "50")]
    [InlineData("--simulate 1 --simulate 50", "Agent:Simulate", "50")]
    [InlineData("--simulate=50", "Agent:Simulate", "50")]
    [InlineData("--Agent:Simulate=50", "Agent:Simulate", "50")]
    [InlineData("--Agent:Simulate 50", "Agent:Simulate", "50")]
    [InlineData("--endpoint http://localhost:5080/?a=b", "Agent:Endpoint", "http://localhost:5080/?a=b")]
    [InlineData("--endpoint=http://localhost:5080/?a=b", "Agent:Endpoint", "http://localhost:5080/?a=b")]
    [InlineData("--Agent:Endpoint=http://localhost:5080/?a=b", "Agent:Endpoint", "http://localhost:5080/?a=b")]
    [InlineData("--key-file ./key", "Agent:KeyFile", "./key")]
    [InlineData("--instance-id 5b0c0000-0000-4000-8000-000000000001", "Agent:InstanceId", "5b0c0000-0000-4000-8000-000000000001")]
    [InlineData("--Logging:LogLevel:Default=Debug", "Logging:LogLevel:Default", "Debug")]
    public async Task Options_become_configuration(string line, string key, string value)
    {
        IReadOnlyDictionary<string, string?>? seen = null;
        Assert.Equal(7, await AgentCommand.RunAsync(line.Split(' '), settings =>
        {
            seen = settings;
            return Task.FromResult(7);
        }));
        Assert.Equal(new(key, value), Assert.Single(seen!));
    }

    [Theory]
    [InlineData("--simulat 50")]
    [InlineData("--simulat=50")]
    [InlineData("50")]
    [InlineData("--simulate")]
    [InlineData("--simulate --seed 1")]
    [InlineData("--Agent:Simulate")]
    [InlineData("--Agent:Simulate --seed 1")]
    [InlineData("--seed 1 more")]
    public async Task What_is_not_understood_is_refused(string line) => Assert.Equal(2, await AgentCommand.RunAsync(line.Split(' '), NotCalled));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--simulate 3 --help")]
    public async Task Help_starts_nothing(string line) => Assert.Equal(0, await AgentCommand.RunAsync(line.Split(' '), NotCalled));

    private static Task<int> NotCalled(IReadOnlyDictionary<string, string?> settings) => throw new InvalidOperationException("The agent was started.");
}
