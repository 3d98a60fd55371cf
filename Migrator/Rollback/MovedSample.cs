using System.Runtime.InteropServices;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// Of several samples of one instant in the original, the one that the target's comes from: one that is not in quarantine, while there is any.
/// What it holds tells less, as the target's values have been written to it.
/// </summary>
/// <param name="target">For the quarantine.</param>
/// <param name="original">For whole rows.</param>
internal sealed class MovedSample(NpgsqlConnection target, OriginalReader original)
{
    // What a mark as deleted changes of a row that stays another one.
    private readonly string[] _changing = [.. new[] { "deleted_at", "updated_at" }.Select(original.Table.Find).OfType<OriginalColumn>().Select(c => c.Name)];

    /// <param name="window">What was read.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="equal">Positions of those that are as they should be.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>By instance and time.</returns>
    public async Task<Dictionary<(Guid Instance, long Time), Choice>> FindAsync(
        SourceWindow window, SampleBuffer rows, IReadOnlySet<int> equal, CancellationToken cancellationToken)
    {
        var isSound = Judge(rows);
        var several = Several(rows);
        return Choose(rows, isSound, several.Count == 0 ? new HashSet<int>() : await QuarantinedAsync(window, rows, several, cancellationToken), equal);
    }

    private async Task<HashSet<int>> QuarantinedAsync(SourceWindow window, SampleBuffer rows, List<int> several, CancellationToken cancellationToken)
    {
        var whole = new Dictionary<int, byte[]>();
        await foreach (var (position, json) in original.RowsAsync(window, rows, several, cancellationToken))
            whole.Add(position, json);
        var held = await new Quarantine(target).HeldAsync(
            original.Table.Name, PostgresTime.ToDateTime(several.Min(p => rows[p].Timestamp)), PostgresTime.ToDateTime(several.Max(p => rows[p].Timestamp)),
            [.. several.Select(position => whole[position])], _changing, cancellationToken);
        return [.. held.Select(n => several[n])];
    }

    /// <summary>Sorts the rows, and says of each whether the move would take it if it were alone.</summary>
    public static bool[] Judge(SampleBuffer rows)
    {
        var isSound = new bool[rows.Count];
        LegacySampleRules.Any.Classify(rows, (position, reason) => isSound[position] = reason is null or LegacySampleRules.Duplicate);
        return isSound;
    }

    /// <summary>Positions of rows that share their instant, in the order of the sorted rows.</summary>
    private static List<int> Several(SampleBuffer rows)
    {
        var several = new List<int>();
        for (var n = 1; n < rows.Count; n++)
        {
            var (before, position) = (rows.Order[n - 1], rows.Order[n]);
            if (Instant(rows, before) != Instant(rows, position))
                continue;
            if (several.Count == 0 || several[^1] != before)
                several.Add(before);
            several.Add(position);
        }

        return several;
    }

    /// <param name="rows">As <see cref="Judge"/> has left them.</param>
    /// <param name="isSound">What it said.</param>
    /// <param name="quarantined">Positions of those that stand in quarantine.</param>
    /// <param name="equal">Positions of those that are as they should be.</param>
    public static Dictionary<(Guid Instance, long Time), Choice> Choose(SampleBuffer rows, bool[] isSound, IReadOnlySet<int> quarantined, IReadOnlySet<int> equal)
    {
        var chosen = new Dictionary<(Guid, long), Choice>();
        foreach (var position in rows.Order)
        {
            ref var choice = ref CollectionsMarshal.GetValueRefOrAddDefault(chosen, Instant(rows, position), out var isKnown);
            var rank = (quarantined.Contains(position) ? 3 : 0) + (equal.Contains(position) ? 0 : isSound[position] ? 1 : 2);
            if (!isKnown || rank < choice.Rank)
                choice = choice with { Position = position, Rank = rank, IsSound = isSound[position] };
            choice = choice with { Candidates = choice.Candidates + (quarantined.Contains(position) ? 0 : 1), HasSound = choice.HasSound || isSound[position] };
        }

        return chosen;
    }

    private static (Guid Instance, long Time) Instant(SampleBuffer rows, int position) => (rows[position].InstanceId, rows[position].Timestamp);

    /// <param name="Position">Of the row.</param>
    /// <param name="Rank">The lowest is chosen, of equals the first.</param>
    /// <param name="IsSound">Whether the move would take it if it were alone: live, and with values that can be.</param>
    /// <param name="Candidates">Rows of the instant that are not in quarantine.</param>
    /// <param name="HasSound">Whether the move would take any of the instant.</param>
    public readonly record struct Choice(int Position, int Rank, bool IsSound, int Candidates, bool HasSound);
}
