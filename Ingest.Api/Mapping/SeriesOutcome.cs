using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What became of a request of series.</summary>
/// <param name="Values">Values read.</param>
/// <param name="Unmapped">Those that reach no column; no error.</param>
/// <param name="Refused">Those in rows that were refused, and elements that are invalid.</param>
/// <param name="Rows">Rows written or there already.</param>
/// <param name="Rejections">Why rows were refused.</param>
/// <param name="Refusals">Why elements were.</param>
internal sealed record SeriesOutcome(
    int Values, int Unmapped, int Refused, int Rows, IReadOnlyList<UsageRejection> Rejections, IReadOnlyCollection<string> Refusals)
{
    /// <summary>The refusals in words, each kind once.</summary>
    public IEnumerable<string> Reasons() => Refusals.Concat(Rejections.GroupBy(rejection => rejection.Code).Select(group =>
        group.Key == RejectionCodes.TimestampTooOld
            ? $"points beyond retention policy ({group.First().Detail})" // the words by which Telegraf knows it need not resend
            : group.First().Detail));
}
