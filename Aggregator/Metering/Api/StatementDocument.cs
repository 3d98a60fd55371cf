using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A frozen statement with everything in it.</summary>
/// <param name="Statement">Its head.</param>
/// <param name="Lines">What the month cost, by instance and measure.</param>
/// <param name="Adjustments">What came late for earlier months, by its own day.</param>
public sealed record StatementDocument(FrozenStatement Statement, IReadOnlyList<ChargeLine> Lines, IReadOnlyList<AdjustmentLine> Adjustments);
