namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>What one measure of one instance costs.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Measure">The measure.</param>
/// <param name="Unit">The unit of the price; null: the card has no price for it.</param>
/// <param name="Price">For one unit.</param>
/// <param name="Quantity">In base units.</param>
/// <param name="Free">Of it, what the user's allowance covers.</param>
/// <param name="Amount">Rounded, once: half away from zero, to the card's decimals.</param>
public sealed record ChargeLine(Guid InstanceId, ChargedMeasure Measure, string? Unit, decimal Price, Int128 Quantity, Int128 Free, decimal Amount);
