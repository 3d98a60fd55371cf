using LaunchStack.Operations.Monitoring.Alarms;
using LaunchStack.Operations.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Operations.Tests.Monitoring;

public sealed class AlarmBoardTests
{
    private readonly FakeTimeProvider _time = new(Snapshots.Now);
    private readonly AlarmBoard _board;

    public AlarmBoardTests() => _board = new(_time);

    [Fact]
    public void An_alarm_is_raised_once_it_has_held_and_is_over_with_the_first_reading_without_it()
    {
        var failing = Snapshots.Calm with { Jobs = [Snapshots.Job() with { ConsecutiveFailures = 1 }] };
        Assert.Empty(_board.Judge(failing, null).Raised);

        _time.Advance(TimeSpan.FromSeconds(40));
        var alarm = Assert.Single(_board.Judge(failing, null).Raised);
        Assert.Equal(("job-failing", "job 1000", Snapshots.Now, "docs/runbooks/job-failing.md"), (alarm.Name, alarm.Subject, alarm.Since, alarm.Runbook));
        Assert.Empty(_board.Judge(failing, null).Raised);
        Assert.Equal([alarm], _board.Active);

        Assert.Equal([alarm], _board.Judge(Snapshots.Calm, null).Cleared);
        Assert.Empty(_board.Active);
        Assert.Empty(_board.Judge(failing, null).Raised);
    }

    [Fact]
    public void A_database_that_cannot_be_read_is_an_alarm_and_keeps_the_others_as_they_were()
    {
        _board.Judge(Snapshots.Calm with { Outbox = new(0, 0, 1) }, null);
        Assert.Empty(_board.Judge(Snapshots.Calm, "it is away").Raised);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains("it is away", Assert.Single(_board.Judge(Snapshots.Calm, "it is away").Raised).Reason, StringComparison.Ordinal);
        Assert.Equal(["monitoring-blind", "outbox-unpublishable"], _board.Active.Select(a => a.Name).Order());

        Assert.Equal(2, _board.Judge(Snapshots.Calm, null).Cleared.Count);
    }
}
