using LaunchStack.Agent.CommandLine;

namespace LaunchStack.Agent.Tests.CommandLine;

public class AgentCommandLineTests
{
    [Theory]
    [InlineData("--simulate 50", "Agent:Simulate", "50")]
    [InlineData("--simulate=50", "Agent:Simulate", "50")]
    [InlineData("--Agent:Simulate=50", "Agent:Simulate", "50")]
    [InlineData("--Agent:Simulate 50", "Agent:Simulate", "50")]
    [InlineData("--endpoint http://localhost:5080/?a=b", "Agent:Endpoint", "http://localhost:5080/?a=b")]
    [InlineData("--key-file ./key", "Agent:KeyFile", "./key")]
    [InlineData("--Logging:LogLevel:Default=Debug", "Logging:LogLevel:Default", "Debug")]
    public void Options_become_configuration(string line, string key, string value)
    {
        var command = AgentCommandLine.Parse(line.Split(' '));
        Assert.Null(command.Error);
        Assert.Equal(new(key, value), Assert.Single(command.Settings));
    }

    [Theory]
    [InlineData("--simulat 50", "There is no option --simulat.")]
    [InlineData("50", "'50' is not an option.")]
    [InlineData("--simulate", "--simulate needs a value.")]
    [InlineData("--simulate --seed 1", "--simulate needs a value.")]
    public void What_is_not_understood_is_named(string line, string error) =>
        Assert.Equal(error, AgentCommandLine.Parse(line.Split(' ')).Error);

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--simulate 3 --help")]
    public void Help_is_shown_when_asked_for(string line) => Assert.True(AgentCommandLine.Parse(line.Split(' ')).ShowHelp);

    [Fact]
    public void Help_names_every_short_option()
    {
        foreach (var option in AgentCommandLine.ShortOptions)
            Assert.Contains($"--{option} ", AgentHelp.Text, StringComparison.Ordinal);
    }
}
