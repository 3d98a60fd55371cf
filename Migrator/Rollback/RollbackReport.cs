namespace LaunchStack.Migrator.Rollback;

/// <summary>What going back means, and what was done for it.</summary>
/// <param name="CutoverAt">Since then the target has taken in samples by itself.</param>
/// <param name="Samples">Samples since then.</param>
/// <param name="Written">Those that were written to the original now; the others were there.</param>
/// <param name="Relations">Users, instances and payments that were written to the original now.</param>
/// <param name="Notes">What is otherwise in the original than in the target, and has to be.</param>
/// <param name="Losses">What the original has no place for.</param>
/// <param name="Findings">What the original does not hold as the target does; empty when it does.</param>
/// <param name="ReturnedAt">When an earlier run was complete, and nothing has come into the target since: then nothing is written.</param>
internal sealed record RollbackReport(
    DateTime CutoverAt, long Samples, long Written, IReadOnlyList<RelationCounts> Relations, IReadOnlyList<string> Notes,
    IReadOnlyList<string> Losses, IReadOnlyList<string> Findings, DateTime? ReturnedAt = null);

/// <summary>Rows of one table that were written to the original.</summary>
/// <param name="Table">The table.</param>
/// <param name="Added">Rows that it lacked.</param>
/// <param name="Changed">Rows that had changed in the target since the cutover.</param>
/// <param name="Deleted">Rows that had gone from the target since.</param>
internal sealed record RelationCounts(string Table, long Added, long Changed, long Deleted);
