using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Ledger;

/// <summary>The move that this target has seen: fixed at its start, so that a resumed run decides as the first one did.</summary>
/// <param name="Source">Identity of the original.</param>
/// <param name="Samples">Its table of samples, with its schema.</param>
/// <param name="Generation">Of its schema.</param>
/// <param name="QuarantineDeleted">Soft-deleted samples go to quarantine.</param>
/// <param name="ChunkInterval">Time that a chunk of the target spans; windows end at its borders.</param>
/// <param name="Bulk">The unique key of the samples is absent while they are copied.</param>
/// <param name="CopiedAt">When a copy first ended; null before.</param>
/// <param name="VerifiedAt">When what is there now was found to match; null when it was not, or has changed since.</param>
/// <param name="CutoverAt">Since then the target takes samples by itself; null before.</param>
/// <param name="ReturnedAt">When the original last held all that the target holds; null while a way back is not complete.</param>
internal sealed record MigrationRun(
    string Source, (string Schema, string Table) Samples, int Generation, bool QuarantineDeleted, TimeSpan ChunkInterval, bool Bulk,
    DateTime? CopiedAt = null, DateTime? VerifiedAt = null, DateTime? CutoverAt = null, DateTime? ReturnedAt = null)
{
    /// <summary>A move whose copy is finished.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static MigrationRun RequireCopied(MigrationRun? run) => run switch
    {
        null => throw new RefusedException("Nothing was copied into this target. Run copy first."),
        { CopiedAt: null } => throw new RefusedException("The copy into this target is not finished. Run copy again; it goes on where it was."),
        _ => run,
    };

    /// <summary>A move whose copy is finished and that has not been cut over.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static MigrationRun RequireOpen(MigrationRun? run) => RequireNotReturned(RequireCopied(run)) is { CutoverAt: { } cutover }
        ? throw new RefusedException(
            $"The cutover was at {cutover:u}: since then the target takes samples that the original lacks, and a pass would remove them. "
            + "To go back, see rollback --reverse-sync.")
        : run!;

    /// <summary>A move that copy may begin or go on with.</summary>
    /// <exception cref="RefusedException">The cutover has been.</exception>
    public static MigrationRun? RequireNotCutOver(MigrationRun? run) => RequireNotReturned(run) is { CutoverAt: { } cutover }
        ? throw new RefusedException(
            $"The cutover was at {cutover:u}: the target goes its own way since then. To go back, see rollback --reverse-sync; "
            + "to move again, use an empty target.")
        : run;

    /// <summary>A move after which nobody has gone back, so that the target is not the older side.</summary>
    /// <exception cref="RefusedException">The way back was complete.</exception>
    public static MigrationRun? RequireNotReturned(MigrationRun? run) => run is { ReturnedAt: { } returned }
        ? throw new RefusedException(
            $"The way back was complete at {returned:u}: what the original has taken in since is not in this target. To move again, name an empty target in "
            + "ConnectionStrings__launchstack and run copy. If the services never left this one, point them at it, with ConnectionStrings__original left out.")
        : run;
}
