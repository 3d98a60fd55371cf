namespace LaunchStack.Operations.Monitoring.Alarms;

/// <summary>What a rule finds in one reading; an alarm once it has held for long enough.</summary>
/// <param name="Subject">See <see cref="Alarm"/>.</param>
/// <param name="Reason">See <see cref="Alarm"/>.</param>
/// <param name="Hold">How long it has to hold instead of the rule's own time.</param>
internal sealed record Finding(string Subject, string Reason, TimeSpan? Hold = null);
