using LaunchStack.Aggregator.Metering.Estimates;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A user's month so far and where it is heading.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Estimate">The estimate; its <c>to_date</c> is exactly what <paramref name="Lines"/> come to.</param>
/// <param name="Lines">What the days so far come to, as a statement would say it.</param>
/// <param name="PastEstimates">How the same estimate would have done in the last months, on the same day of the month.</param>
public sealed record UserEstimate(
    Guid UserId, Estimate Estimate, IReadOnlyList<ChargeLine> Lines, IReadOnlyList<EstimateCheck> PastEstimates);
