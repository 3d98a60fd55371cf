using System.Numerics;
using LaunchStack.Aggregator.Metering.Days;

namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>Prices quantities: exact fractions up to the one rounding of each line.</summary>
internal static class Charges
{
    private static readonly ChargedMeasure[] Measures = Enum.GetValues<ChargedMeasure>();

    /// <summary>
    /// The lines of a user's month, in order of instance and measure. An allowance is used up in that order, so that it does not
    /// depend on the order in which instances are given.
    /// </summary>
    public static IReadOnlyList<ChargeLine> Price(RateCard card, IReadOnlyDictionary<Guid, Quantities> used)
    {
        var left = card.Items.ToDictionary(item => item.Measure, Allowance);
        var lines = new List<ChargeLine>(used.Count * Measures.Length);
        foreach (var (instance, quantities) in used.OrderBy(u => u.Key))
        {
            foreach (var measure in Measures)
            {
                var quantity = quantities.Of(measure);
                if (card.Find(measure) is not { } item)
                {
                    lines.Add(new(instance, measure, null, 0, quantity, 0, 0));
                    continue;
                }
                var free = Int128.Min(Int128.Max(quantity, 0), left[measure]);
                left[measure] -= free;
                lines.Add(new(instance, measure, item.Unit, item.Price, quantity, free, Amount(item, quantity - free, card.Decimals)));
            }
        }
        return lines;
    }

    /// <summary>What a quantity costs beyond any allowance.</summary>
    public static decimal Amount(RateItem item, Int128 quantity, int decimals)
    {
        var (mantissa, scale) = Parts(item.Price);
        var numerator = (BigInteger)quantity * mantissa * BigInteger.Pow(10, decimals);
        var denominator = Unit(item).Base * BigInteger.Pow(10, scale);
        var twice = BigInteger.Abs(numerator) * 2;
        var rounded = (twice + denominator) / (denominator * 2) * numerator.Sign;
        return (decimal)rounded / (decimal)BigInteger.Pow(10, decimals);
    }

    public static BillingUnit Unit(RateItem item) =>
        BillingUnit.Find(item.Measure, item.Unit) ?? throw new InvalidOperationException($"'{item.Unit}' is no unit of {item.Measure.Name()}.");

    private static Int128 Allowance(RateItem item) => (Int128)(Unit(item).Base * item.Free);

    private static (BigInteger Mantissa, int Scale) Parts(decimal value)
    {
        var scale = value.Scale;
        return (new BigInteger(value * (decimal)BigInteger.Pow(10, scale)), scale);
    }
}
