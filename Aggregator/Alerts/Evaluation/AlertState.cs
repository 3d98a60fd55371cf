namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>The state of a rule's version and an instance; there is none before the instance's first value.</summary>
/// <param name="Status">Where it stands.</param>
/// <param name="Held">Ticks with evidence since it is pending or recovering; a tick without a value counts neither way.</param>
/// <param name="Since">Tick at which it left <see cref="AlertStatus.Inactive"/>, or came back to it.</param>
/// <param name="Value">Value at the last step that changed anything.</param>
/// <param name="LastAt">Of a silent instance: its last sample.</param>
internal sealed record AlertState(AlertStatus Status, int Held, DateTimeOffset Since, decimal? Value, DateTimeOffset? LastAt)
{
    /// <summary>Tick of the first value; a replay that starts later begins with a state only then.</summary>
    public DateTimeOffset KnownSince { get; init; }

    /// <summary>Raised and not resolved.</summary>
    public bool IsRaised => Status is AlertStatus.Firing or AlertStatus.Recovering;
}
