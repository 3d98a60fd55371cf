namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>One price of a card.</summary>
/// <param name="Measure">What is priced.</param>
/// <param name="Unit">Per what: <c>core-hour</c> or <c>core-minute</c>; <c>GB-hour</c>, <c>GiB-hour</c>, <c>GB-minute</c>, <c>GiB-minute</c>; <c>GB</c>, <c>GiB</c>.</param>
/// <param name="Price">For one unit, in the card's currency.</param>
/// <param name="Free">Whole units that a user has free each month, over all instances.</param>
public sealed record RateItem(ChargedMeasure Measure, string Unit, decimal Price, long Free = 0);
