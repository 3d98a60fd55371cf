namespace LaunchStack.Aggregator.Metering;

/// <summary>What one look for due work did.</summary>
/// <param name="Cutoff">Samples received by then are in it.</param>
/// <param name="Days">Days whose lines were computed for the first time.</param>
/// <param name="Lines">Lines written, for the first time or changed by late samples.</param>
/// <param name="Statements">Statements frozen.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record MeteringPass(DateTimeOffset Cutoff, int Days, int Lines, int Statements, double Seconds);
