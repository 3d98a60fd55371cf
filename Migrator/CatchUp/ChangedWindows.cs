using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>Which windows of the original are not in the target as they are now.</summary>
/// <param name="Grown">Done ones that only gained rows, all of which the last scan saw first: they can be added.</param>
/// <param name="Others">New ones, and those that are to be copied again.</param>
internal sealed record ChangedWindows(IReadOnlyList<(SourceWindow Window, long Added)> Grown, IReadOnlyList<SourceWindow> Others)
{
    public int Count => Grown.Count + Others.Count;

    public long Rows => Grown.Sum(g => g.Added) + Others.Sum(w => w.Rows);

    /// <summary>
    /// New windows, those whose rows changed (another number, or another sum of row hashes), those the original has no row of any
    /// more, and those with a quarantined orphan whose instance has come since. New ones are entered in the ledger.
    /// </summary>
    /// <param name="context">Both sides.</param>
    /// <param name="scan">The original as it is.</param>
    /// <param name="added">What of it the last scan saw first; null: not known.</param>
    /// <param name="adopted">Starts of the windows with orphans whose instance has come.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<ChangedWindows> FindAsync(
        MigrationContext context, SourceScan scan, SourceScan? added, IReadOnlySet<DateTime> adopted, CancellationToken cancellationToken)
    {
        var known = (await context.Ledger.WindowsAsync(cancellationToken)).ToDictionary(w => w.Start);
        var windows = scan.Windows(context.Begun.ChunkInterval, [.. known.Values.Select(w => (w.Start, w.End))]);
        await context.Ledger.AddWindowsAsync([.. windows.Where(w => !known.ContainsKey(w.Start))], cancellationToken);
        List<(SourceWindow, long)> grown = [];
        List<SourceWindow> others = [];
        foreach (var window in windows)
        {
            var was = known.GetValueOrDefault(window.Start);
            if (was is not { Done: true } || adopted.Contains(window.Start))
            {
                others.Add(window);
            }
            else if (was.SourceRows != window.Rows || was.Version != window.Version)
            {
                // The books prove it: what there was and what was added make what there is.
                if (added?.Sum(window.Start, window.End) is { } sum && was.SourceRows + sum.Rows == window.Rows && was.Version + sum.Version == window.Version)
                    grown.Add((window, sum.Rows));
                else
                    others.Add(window);
            }
        }

        others.AddRange(LedgerWindow.Gone(known.Values.Where(k => k.SourceRows > 0 || !k.Done), windows));
        return new(grown, others);
    }
}
