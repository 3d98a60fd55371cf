namespace LaunchStack.Aggregator.Alerts.Rules;

/// <summary>How the samples of a span become one value.</summary>
internal enum AlertAggregate
{
    /// <summary>Their mean; of a rate, the bytes by the time between the first and the last.</summary>
    Average,

    /// <summary>The largest; of a rate, between two samples.</summary>
    Maximum,
}
