using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Statements;

/// <summary>What one measure of a day that an earlier statement should have held changes.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Day">The day that is corrected.</param>
/// <param name="Measure">The measure.</param>
/// <param name="RateCard">The card that prices that day's month.</param>
/// <param name="Unit">The unit of the price; null: the card has no price for it.</param>
/// <param name="Price">For one unit.</param>
/// <param name="Quantity">In base units; below zero when less was used than billed.</param>
/// <param name="Amount">What the month's lines come to with it, less what they came to without.</param>
public sealed record AdjustmentLine(
    Guid InstanceId, DateOnly Day, ChargedMeasure Measure, int RateCard, string? Unit, decimal Price, Int128 Quantity, decimal Amount);
