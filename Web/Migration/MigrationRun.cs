namespace LaunchStack.Web.Migration;

/// <summary>The move.</summary>
public sealed record MigrationRun(
    string Source, int Generation, DateTimeOffset StartedAt, DateTimeOffset? CopiedAt, DateTimeOffset? VerifiedAt, DateTimeOffset? CutoverAt,
    long Windows, long Done, long ToRollUp, double? RowsPerSecond, double? SecondsLeft, long PausedJobs, string? Next);
