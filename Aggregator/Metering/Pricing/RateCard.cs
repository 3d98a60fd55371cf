namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>Prices from a month on. A version never changes; a new one takes its place.</summary>
/// <param name="Version">Counts up.</param>
/// <param name="ValidFrom">First day of the first month that it prices.</param>
/// <param name="Currency">ISO 4217, such as EUR.</param>
/// <param name="Decimals">Decimals of an amount; each line's amount is rounded to it.</param>
/// <param name="Items">At most one a measure; what has none costs nothing.</param>
public sealed record RateCard(int Version, DateOnly ValidFrom, string Currency, int Decimals, IReadOnlyList<RateItem> Items)
{
    internal RateItem? Find(ChargedMeasure measure) => Items.FirstOrDefault(item => item.Measure == measure);
}
