using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering;

/// <summary>A day of an instance.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Day">The day, UTC.</param>
/// <param name="Quantities">What was used.</param>
/// <param name="Samples">Samples of the day.</param>
/// <param name="Restarts">Samples at which a counter had fallen.</param>
/// <param name="MaxGapMs">How long a sample of the day speaks at most.</param>
/// <param name="Revision">Counts the corrections after a statement took the line.</param>
/// <param name="Cutoff">Computed over what was received by then.</param>
/// <param name="Digest">SHA-256 over the line's canonical text.</param>
/// <param name="StatementId">The statement that holds it; null: none yet.</param>
public sealed record UsageLine(
    Guid InstanceId, DateOnly Day, Quantities Quantities, int Samples, int Restarts, long MaxGapMs, int Revision, DateTimeOffset Cutoff,
    string Digest, Guid? StatementId);
