using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>Which windows of the original are not in the target as they are now.</summary>
internal static class ChangedWindows
{
    /// <summary>
    /// New windows, those whose rows changed (another number, or another sum of row hashes), those the original has no row of any
    /// more, and those with a quarantined orphan whose instance has come since. New ones are entered in the ledger.
    /// </summary>
    public static async Task<IReadOnlyList<SourceWindow>> FindAsync(
        MigrationContext context, LegacySampleQuery query, CancellationToken cancellationToken)
    {
        var scan = await context.ScanAsync(query, cancellationToken);
        var known = (await context.Ledger.WindowsAsync(cancellationToken)).ToDictionary(w => w.Start);
        var windows = scan.Windows(context.Begun.ChunkInterval, [.. known.Values.Select(w => (w.Start, w.End))]);
        await context.Ledger.AddWindowsAsync(windows, cancellationToken);

        var samples = context.Original.Samples;
        var adopted = await new Quarantine(context.Target).AdoptedAsync(samples.Name, samples.Find("instance_id")!.Name, cancellationToken);
        var changed = windows
            .Where(w => !known.TryGetValue(w.Start, out var k) || !k.Done || k.SourceRows != w.Rows || k.Version != w.Version
                || adopted.Contains(w.Start))
            .ToList();
        var present = windows.Select(w => w.Start).ToHashSet();
        changed.AddRange(known.Values.Where(k => k.SourceRows > 0 && !present.Contains(k.Start)).Select(k => SourceWindow.Gone(k.Start, k.End)));
        return changed;
    }
}
