using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Statements;

/// <summary>A revision of a day line as a statement takes it.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Day">The day.</param>
/// <param name="Revision">Counts up from 1; a line that a statement holds is followed by another revision, never changed.</param>
/// <param name="Quantities">What the line says.</param>
/// <param name="Digest">The line's digest.</param>
/// <param name="Cutoff">What the line was computed over: samples received by then.</param>
internal sealed record BilledDay(Guid InstanceId, DateOnly Day, int Revision, Quantities Quantities, string Digest, DateTimeOffset Cutoff);
