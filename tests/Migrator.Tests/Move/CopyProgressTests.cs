using LaunchStack.Migrator.Move;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Migrator.Tests.Move;

public sealed class CopyProgressTests
{
    [Fact]
    public void What_begins_anew_before_it_was_ended_is_told_once_and_then_no_more()
    {
        var (time, output) = (new FakeTimeProvider(), new StringWriter());
        using var progress = new CopyProgress(output, terminal: false, time);
        progress.Start(10, 0);
        progress.Start(20, 0);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        progress.Stop();
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(2, output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
