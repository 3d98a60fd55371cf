using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Copy;

/// <summary>The books after a copy: of the whole move, and what this run did of it.</summary>
/// <param name="Generation">Of the original's schema.</param>
/// <param name="Tables">One entry a table, the samples last.</param>
/// <param name="Methods">How many windows were written in which way.</param>
/// <param name="Redated">Samples moved whose created_at could not be (0001-01-01, infinity): they count as received at their own time.</param>
/// <param name="Windows">Windows that this run copied; the others, copied before, it did not read again.</param>
/// <param name="Rows">Samples of the original in them.</param>
/// <param name="Duration">Wall time of this run.</param>
internal sealed record CopyResult(
    int Generation, IReadOnlyList<TableCounts> Tables, IReadOnlyDictionary<string, long> Methods, long Redated, int Windows, long Rows, TimeSpan Duration)
{
    public TableCounts Samples => Tables[^1];
}
