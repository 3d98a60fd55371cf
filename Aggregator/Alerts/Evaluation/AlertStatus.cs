namespace LaunchStack.Aggregator.Alerts.Evaluation;

/// <summary>Where a rule stands for an instance.</summary>
internal enum AlertStatus
{
    /// <summary>All is well.</summary>
    Inactive,

    /// <summary>Above the limit, not yet for long enough.</summary>
    Pending,

    /// <summary>Raised.</summary>
    Firing,

    /// <summary>Raised, and below the lower limit, not yet for long enough.</summary>
    Recovering,

    /// <summary>Not raised, and there is no value.</summary>
    Silent,
}
