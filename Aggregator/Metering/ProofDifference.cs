namespace LaunchStack.Aggregator.Metering;

/// <summary>One difference.</summary>
/// <param name="InstanceId">The instance; null: the statement as a whole.</param>
/// <param name="Day">The day; null: the instance's month, or the statement.</param>
/// <param name="Revision">The revision of the day line.</param>
/// <param name="Reason">What differs.</param>
public sealed record ProofDifference(Guid? InstanceId, DateOnly? Day, int? Revision, string Reason);
