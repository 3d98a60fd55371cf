namespace LaunchStack.Migrator.Rollback;

/// <summary>What going back means, and what was done for it.</summary>
/// <param name="CutoverAt">Since then the target has taken in samples by itself.</param>
/// <param name="Samples">Samples since then.</param>
/// <param name="Written">Those that were written to the original now; the others were there.</param>
/// <param name="Users">Users that the original lacked, written now.</param>
/// <param name="Instances">Instances that the original lacked, written now.</param>
/// <param name="Findings">Samples that the original does not hold as the target does; empty when it does.</param>
internal sealed record RollbackReport(DateTime CutoverAt, long Samples, long Written, long Users, long Instances, IReadOnlyList<string> Findings);
