using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Metering.Statements;

/// <summary>
/// Prices what came late as the difference that it makes to its own month, allowance and rounding included: a statement and its
/// adjustments add up to the statement that would have been made had everything been in time.
/// </summary>
internal static class Adjustments
{
    public static IEnumerable<AdjustmentLine> Price(LateMonth month)
    {
        var used = new Dictionary<Guid, Quantities>(month.Billed);
        foreach (var (line, before) in month.Late.OrderBy(l => l.Line.Day).ThenBy(l => l.Line.InstanceId))
        {
            var difference = line.Quantities - before;
            var without = used.GetValueOrDefault(line.InstanceId);
            foreach (var measure in Enum.GetValues<ChargedMeasure>())
            {
                if (difference.Of(measure) is var quantity && quantity == 0)
                    continue;
                var item = month.Card.Find(measure);
                used[line.InstanceId] = without;
                var then = Total(month.Card, item, used, line.InstanceId);
                used[line.InstanceId] = without + difference;
                var now = Total(month.Card, item, used, line.InstanceId);
                yield return new(line.InstanceId, line.Day, measure, month.Card.Version, item?.Unit, item?.Price ?? 0, quantity, now - then);
            }
            used[line.InstanceId] = without + difference;
        }
    }

    // Without an allowance the lines of other instances cannot change.
    private static decimal Total(RateCard card, RateItem? item, Dictionary<Guid, Quantities> used, Guid instance) => item switch
    {
        null => 0,
        { Free: 0 } => Charges.Amount(item, used[instance].Of(item.Measure), card.Decimals),
        _ => Charges.Price(card with { Items = [item] }, used).Sum(line => line.Amount),
    };
}
