using System.Globalization;
using Aspire.Hosting.Internal.Processes;
using LaunchStack.TestSupport;

namespace LaunchStack.Hosting.Tests;

public sealed class GuardTests
{
    private static readonly string Guard = Path.Combine(AppContext.BaseDirectory, "guard.sh");

    [Theory]
    [InlineData("sleep 600 & echo $!; wait")]
    [InlineData("setsid sleep 600 & echo $!; wait")]
    [InlineData("trap '' TERM; sleep 600 & echo $!; wait")]
    public async Task When_the_holder_of_the_pipe_goes_the_command_and_all_its_offspring_go(string script)
    {
        await using var guard = ChildProcess.Start("guard", "sh", [Guard, Guid.NewGuid().ToString("N"), "sh", "-c", script]);
        await Wait.UntilAsync(() => guard.Output.Count(c => c == '\n') == 2, "both process ids are printed");
        var pids = guard.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).ToArray();

        await guard.CloseInputAsync();

        await Wait.UntilAsync(() => !pids.Any(IsAlive), "the command and what it started are gone");
    }

    [Fact]
    public async Task When_the_guard_itself_is_killed_the_command_goes()
    {
        var spec = new ProcessSpec("sleep", ["600"], Path.GetTempPath(), new Dictionary<string, string>());
        using var process = GuardedProcess.Start(spec, (_, _) => { });
        var pid = await process.Pid;
        var parent = File.ReadAllText($"/proc/{pid}/stat").Split(' ')[3];

        using (var guard = System.Diagnostics.Process.GetProcessById(int.Parse(parent, CultureInfo.InvariantCulture)))
            guard.Kill();

        Assert.Equal(137, await process.Exited.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        await Wait.UntilAsync(() => !IsAlive(pid), "the command is gone");
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
