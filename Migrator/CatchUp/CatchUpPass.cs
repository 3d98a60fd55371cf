using LaunchStack.Migrator.Move;

namespace LaunchStack.Migrator.CatchUp;

/// <summary>What one pass found and did.</summary>
/// <param name="Windows">Windows that were new or had changed.</param>
/// <param name="Rows">Samples that came into those that only grew, and all samples of the original in the others, which are copied again.</param>
/// <param name="MovedRows">All samples moved so far.</param>
/// <param name="QuarantinedRows">All samples quarantined so far.</param>
/// <param name="Lag">From the newest sample moved to the moment of the pass; null without samples.</param>
/// <param name="Duration">Wall time.</param>
internal sealed record CatchUpPass(int Windows, long Rows, long MovedRows, long QuarantinedRows, TimeSpan? Lag, TimeSpan Duration)
{
    /// <summary>Of the newest sample, for people.</summary>
    public string Age() => Lag is { } lag ? $"{CopyProgress.Hours(lag.Duration())} {(lag < TimeSpan.Zero ? "ahead" : "old")}" : "-";
}
