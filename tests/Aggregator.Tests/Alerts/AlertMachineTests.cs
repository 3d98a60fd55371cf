using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Rules;

namespace LaunchStack.Aggregator.Tests.Alerts;

public sealed class AlertMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    // Above 90 for 30 s, clear below 80 for 15 s.
    private static readonly AlertDefinition Rule = new(
        "cpu", AlertMeasure.CpuPercentage, AlertAggregate.Average, TimeSpan.FromMinutes(1), 90, TimeSpan.FromSeconds(30), 80, TimeSpan.FromSeconds(15),
        AlertSeverity.Warning, null, null, true);

    [Theory]
    // '-': no value. One letter a tick: the state's first, '.' for none.
    [InlineData("91 91 91", "PPF")]
    [InlineData("91 91 90 91 91 91", "PPIPPF")]
    [InlineData("91 - 91 91 91", "PSPPF")]
    [InlineData("91 91 91 85 85 79 79 91", "PPFFFRIP")]
    [InlineData("91 91 91 79 85 79 79", "PPFRFRI")]
    [InlineData("91 91 91 79 - - 79", "PPFRRRI")]
    [InlineData("91 91 91 - - 95", "PPFFFF")]
    [InlineData("- - 50 - 50 91", "..ISIP")]
    public void Each_tick_leads_to_its_state(string values, string states)
    {
        AlertState? state = null;
        var seen = "";
        foreach (var (value, i) in values.Split(' ').Select((v, i) => (v, i)))
        {
            var observation = value == "-" ? Observation.Nothing : new Observation(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
            (state, _) = AlertMachine.Step(Rule, state, observation, Start + AlertTicks.Interval * i, heldBack: false);
            seen += state?.Status.ToString()[0] ?? '.';
        }
        Assert.Equal(states, seen);
    }

    [Fact]
    public void Without_durations_one_tick_raises_and_one_clears()
    {
        var rule = Rule with { For = TimeSpan.Zero, ClearFor = TimeSpan.Zero };
        var (firing, reason) = AlertMachine.Step(rule, null, new(91), Start, heldBack: false);
        Assert.Equal((AlertStatus.Firing, Start, TransitionReasons.Held), (firing!.Status, firing.Since, reason));
        var (over, why) = AlertMachine.Step(rule, firing, new(79), Start + AlertTicks.Interval, heldBack: false);
        Assert.Equal((AlertStatus.Inactive, TransitionReasons.Cleared), (over!.Status, why));
    }

    [Fact]
    public void What_is_held_back_is_pending_and_its_time_counts_from_the_end_of_that()
    {
        var (state, _) = AlertMachine.Step(Rule, null, new(91), Start, heldBack: true);
        for (var i = 1; i < 10; i++)
            (state, _) = AlertMachine.Step(Rule, state, new(91), Start + AlertTicks.Interval * i, heldBack: true);
        Assert.Equal((AlertStatus.Pending, 0), (state!.Status, state.Held));
        for (var i = 10; i < 13; i++)
            (state, _) = AlertMachine.Step(Rule, state, new(91), Start + AlertTicks.Interval * i, heldBack: false);
        Assert.Equal((AlertStatus.Firing, Start), (state!.Status, state.Since));
    }

    [Fact]
    public void An_instance_that_was_stopped_ends_its_alert_and_says_why()
    {
        var firing = new AlertState(AlertStatus.Firing, 0, Start, 91, null);
        var (state, reason) = AlertMachine.Step(Rule, firing, Observation.Over(TransitionReasons.Stopped), Start.AddMinutes(1), heldBack: false);
        Assert.Equal((AlertStatus.Inactive, TransitionReasons.Stopped), (state!.Status, reason));
    }
}
