using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Rollback;

/// <summary>What <see cref="ReverseVerification"/> has found.</summary>
/// <param name="Findings">What the original does not hold as the target does, a line each.</param>
/// <param name="Lost">Windows of which the original has lost or changed samples that were moved.</param>
/// <param name="Held">What the original holds; see <see cref="HeldState"/>.</param>
/// <param name="Notes">What is otherwise in the original than in the target, and has to be.</param>
internal sealed record ReverseFindings(IReadOnlyList<string> Findings, IReadOnlyList<SourceWindow> Lost, string Held, IReadOnlyList<string> Notes)
{
    /// <summary>Values that the original computes otherwise than the target has them, with the number of samples.</summary>
    public required IReadOnlyList<string> Losses { get; init; }
}
