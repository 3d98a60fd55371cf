using System.Globalization;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Estimates;

/// <summary>
/// Goes on with the mean of the last four weeks. The band is the prediction interval of a sum of independent days; its width is the
/// days' own scatter. A guess, in floating point; unlike lines and statements nothing is made of it.
/// </summary>
internal static class Estimator
{
    /// <summary>Four of each weekday.</summary>
    private const int Window = 28;

    // Two-sided 90 % of the normal distribution.
    private const double Quantile = 1.645;

    /// <param name="month">First day of the month.</param>
    /// <param name="through">Last day whose lines are known.</param>
    /// <param name="card">What prices the month.</param>
    /// <param name="used">What the user used by day, up to <paramref name="through"/> or beyond; days without use may be missing.</param>
    public static Estimate Of(DateOnly month, DateOnly through, RateCard card, IReadOnlyDictionary<DateOnly, Quantities> used)
    {
        var end = month.AddMonths(1);
        var remaining = end.DayNumber - Math.Max(through.AddDays(1).DayNumber, month.DayNumber);
        var toDate = Sum(month, through, used);
        var first = used.Keys.Where(day => day <= through).DefaultIfEmpty(through.AddDays(1)).Min();
        var observed = Math.Min(Window, through.DayNumber - first.DayNumber + 1);
        var days = Enumerable.Range(0, observed).Select(back => used.GetValueOrDefault(through.AddDays(-back))).ToList();

        var (expected, low, high) = (0m, 0m, 0m);
        foreach (var item in card.Items)
        {
            var so = (double)toDate.Of(item.Measure);
            var values = days.ConvertAll(day => (double)day.Of(item.Measure));
            var mean = values.Count == 0 ? 0 : values.Average();
            var half = values.Count < 2
                ? mean * remaining
                : Quantile * Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1))
                    * Math.Sqrt(remaining + (double)remaining * remaining / values.Count);
            var rest = mean * remaining;
            expected += Amount(item, card, so + rest);
            low += Amount(item, card, so + Math.Max(0, rest - half));
            high += Amount(item, card, so + rest + half);
        }
        return new(
            month.ToString("yyyy-MM", CultureInfo.InvariantCulture), through < month ? null : through, card.Currency,
            Total(card, toDate), expected, low, high, observed);
    }

    /// <summary>What quantities come to, over all instances together.</summary>
    public static decimal Total(RateCard card, Quantities quantities) => card.Items.Sum(item => Amount(item, card, (double)quantities.Of(item.Measure)));

    /// <summary>The estimate that a past month would have had on the same day of it.</summary>
    public static EstimateCheck Check(DateOnly month, int dayOfMonth, RateCard card, IReadOnlyDictionary<DateOnly, Quantities> used)
    {
        var last = month.AddMonths(1).AddDays(-1);
        var then = Of(month, dayOfMonth >= last.Day ? last : month.AddDays(dayOfMonth - 1), card, used);
        var actual = Total(card, Sum(month, last, used));
        return new(
            then.Month, then.Expected, then.Low, then.High, actual,
            actual == 0 ? null : decimal.Round((then.Expected - actual) / actual * 100, 1), then.Low <= actual && actual <= then.High);
    }

    private static Quantities Sum(DateOnly from, DateOnly through, IReadOnlyDictionary<DateOnly, Quantities> used) =>
        used.Where(day => day.Key >= from && day.Key <= through).Aggregate(default(Quantities), (sum, day) => sum + day.Value);

    private static decimal Amount(RateItem item, RateCard card, double quantity)
    {
        var units = quantity / (double)Charges.Unit(item).Base - item.Free;
        return units <= 0 ? 0 : decimal.Round((decimal)Math.Min(units * (double)item.Price, 1e24), card.Decimals);
    }
}
