namespace LaunchStack.Usage.Samples;

/// <summary>One measurement of one instance; (instance, timestamp) is its identity.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Timestamp">When it was measured, UTC.</param>
/// <param name="Values">What was measured.</param>
public readonly record struct UsageSample(Guid InstanceId, DateTimeOffset Timestamp, SampleValues Values);
