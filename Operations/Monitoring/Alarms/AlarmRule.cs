using LaunchStack.Operations.Monitoring.Snapshot;

namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>A condition over a reading.</summary>
/// <param name="Name">Unique; the runbook is <c>docs/runbooks/{Name}.md</c>.</param>
/// <param name="Hold">How long the condition has to hold before it is an alarm.</param>
/// <param name="Find">The condition.</param>
internal sealed record AlarmRule(string Name, TimeSpan Hold, Func<DatabaseSnapshot, IEnumerable<Finding>> Find)
{
    public string Runbook => $"docs/runbooks/{Name}.md";
}
