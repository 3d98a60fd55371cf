namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>How bad it is; routes choose by it.</summary>
internal enum AlertSeverity
{
    /// <summary>Worth a note.</summary>
    Info,

    /// <summary>Look at it today.</summary>
    Warning,

    /// <summary>Look at it now.</summary>
    Critical,
}
