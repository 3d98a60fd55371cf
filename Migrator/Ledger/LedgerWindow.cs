using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Ledger;

/// <summary>A window as the ledger knows it.</summary>
/// <param name="Start">Start; -infinity for the rows without a place in time.</param>
/// <param name="End">End, exclusive.</param>
/// <param name="Done">Whether it was copied.</param>
/// <param name="SourceRows">Rows of the original in it when it was copied.</param>
/// <param name="Version">Sum of the hashes of these rows; null where it was not copied.</param>
internal sealed record LedgerWindow(DateTime Start, DateTime End, bool Done, long SourceRows, decimal? Version)
{
    /// <summary>Where what was moved ends: what is newer came later, whatever the clocks say.</summary>
    public static DateTime EndOf(IEnumerable<LedgerWindow> known) => known.Where(k => k.Start > SourceWindow.Outside).Select(k => k.End).DefaultIfEmpty(DateTime.MaxValue).Max();

    /// <summary>Those of the known windows that the original has no row in any more.</summary>
    public static IEnumerable<SourceWindow> Gone(IEnumerable<LedgerWindow> known, IEnumerable<SourceWindow> windows) =>
        known.ExceptBy(windows.Select(w => w.Start), k => k.Start).Select(k => SourceWindow.Gone(k.Start, k.End));
}
