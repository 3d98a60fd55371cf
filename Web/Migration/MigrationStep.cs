namespace LaunchStack.Web.Migration;

/// <summary>A step of the move.</summary>
/// <param name="Name">The migrator's verb.</param>
/// <param name="State"><c>done</c>, <c>next</c> or <c>later</c>.</param>
/// <param name="At">When it was done.</param>
/// <param name="Why">Why it is or is not its turn.</param>
internal sealed record MigrationStep(string Name, string State, DateTimeOffset? At, string Why)
{
    /// <summary>Starts it. The copy is what the migrator does first whenever it starts.</summary>
    public string Command => $"aspire resource {(Name == "copy" ? "migrator" : Name)} start";

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<MigrationStep> Of(MigrationRun run)
    {
        MigrationStep Step(string name, DateTimeOffset? at, string why) => new(name, run.Next == name ? "next" : at is not null ? "done" : "later", at, why);
        return
        [
            Step("plan", run.StartedAt, "The copy has asked all that plan asks before it wrote anything."),
            Step("copy", run.CopiedAt, Copy(run)),
            Step("catch-up", run.CopiedAt is null || run.Next == "catch-up" ? null : run.VerifiedAt ?? run.CopiedAt, CatchUp(run)),
            Step("verify", run.VerifiedAt, Verify(run)),
            Step("cutover", run.CutoverAt, Cutover(run)),
        ];
    }

    private static string Copy(MigrationRun run) => run.CopiedAt is null && run.Done < run.Windows
        ? $"{run.Windows - run.Done} of {run.Windows} windows are still to be copied."
        : "Every window was copied once.";

    private static string CatchUp(MigrationRun run) => run.CopiedAt is null ? "It follows the copy."
        : run.Next == "catch-up"
            ? $"{run.Windows - run.Done} windows have changed, {run.ToRollUp} are not rolled up yet, {run.PausedJobs} policies are paused."
        : "No window is known to differ. Run it again for what the original has taken since.";

    private static string Verify(MigrationRun run) => run.VerifiedAt is not null ? "Both sides were read again and match."
        : run.Next == "verify" ? "Nothing differs by the ledger; both sides are read again and compared."
        : "It follows once no window is to do.";

    private static string Cutover(MigrationRun run) => run.CutoverAt is not null ? "Since then this database takes samples by itself."
        : run.Next == "cutover"
            ? "Verified. It scans once more, and refuses while anything differs or more than 1 % of a table would stay behind in quarantine."
        : "It is refused until verify has passed.";
}
