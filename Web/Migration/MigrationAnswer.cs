namespace LaunchStack.Web.Migration;

/// <summary>How far the move from the original is.</summary>
public sealed record MigrationAnswer(
    MigrationRun? Run, IReadOnlyList<MigrationTable> Tables, IReadOnlyList<MigrationDay> Days, IReadOnlyList<QuarantineReason> Quarantine);
