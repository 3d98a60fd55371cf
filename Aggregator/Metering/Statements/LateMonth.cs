using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Statements;

/// <summary>Lines that came after their month's statement.</summary>
/// <param name="Card">The card that prices the month.</param>
/// <param name="Billed">What statements hold of the month so far, by instance.</param>
/// <param name="Late">The new revisions, each with what statements hold of its day.</param>
internal sealed record LateMonth(
    RateCard Card, IReadOnlyDictionary<Guid, Quantities> Billed, IReadOnlyList<(BilledDay Line, Quantities Before)> Late);
