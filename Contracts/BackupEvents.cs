namespace LaunchStack.Contracts;

/// <summary>A backup lies complete in its directory, or could not be made.</summary>
/// <param name="BackupId">The backup.</param>
/// <param name="Method"><c>pg_dump</c> or <c>snapshot</c>.</param>
/// <param name="Succeeded">Whether it can be restored from.</param>
/// <param name="Bytes">Size of its file; 0 when it failed.</param>
/// <param name="Duration">Wall time.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="At">When it had finished.</param>
public sealed record BackupCompleted(
    Guid BackupId, string Method, bool Succeeded, long Bytes, TimeSpan Duration, string? Error, DateTimeOffset At);

/// <summary>A backup was restored to a scratch place and compared with what it should hold.</summary>
/// <param name="DrillId">The drill.</param>
/// <param name="BackupId">The backup.</param>
/// <param name="Outcome"><c>passed</c>, <c>failed</c> or <c>could_not_verify</c>.</param>
/// <param name="Findings">What is wrong, by relation and window; the first twenty.</param>
/// <param name="RestoreDuration">Time until the data was there: what the real day would take.</param>
/// <param name="At">When it had finished.</param>
public sealed record RestoreDrillCompleted(
    Guid DrillId, Guid BackupId, string Outcome, IReadOnlyList<string> Findings, TimeSpan RestoreDuration, DateTimeOffset At);
