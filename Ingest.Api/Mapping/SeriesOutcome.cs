using LaunchStack.Usage.Samples;




namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>What became of a request of series.</summary>
/// <param name="Values">Values read.</param>
/// <param name="Unmapped">Those that reach no column; no error.</param>
/// <param name="Refused">Those in rows that were refused.</param>
/// <param name="Rows">Rows written or there already.</param>
/// <param name="Rejections">Why rows were refused.</param>
internal sealed record SeriesOutcome(int Values, int Unmapped, int Refused, int Rows, IReadOnlyList<UsageRejection> Rejections)
{
    /// <summary>The refusals in words, each kind once.</summary>
    public IEnumerable<string> Reasons() => Rejections.GroupBy(rejection => rejection.Code).Select(group =>
        group.Key == RejectionCodes.TimestampTooOld
            ? $"points beyond retention policy ({group.First().Detail})" // the words by which Telegraf knows it need not resend
            : group.First().Detail);
}
