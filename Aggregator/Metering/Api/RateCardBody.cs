using System.Text.Json.Serialization;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A new version of the rate card.</summary>
/// <param name="ValidFrom">First day of the first month that it prices.</param>
/// <param name="Currency">ISO 4217, such as EUR.</param>
/// <param name="Items">Prices, at most one a measure.</param>
/// <param name="Decimals">Decimals of an amount, 0 to 4; 2 unless given.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RateCardBody(DateOnly? ValidFrom, string? Currency, IReadOnlyList<RateItemBody?>? Items, int Decimals = 2)
{
    // Together they keep any amount within what a decimal holds: 2^63 bytes for a month at this price are below 10^20.
    private const decimal MaxPrice = 1_000_000;
    private const int MaxDecimals = 12;
    private const long MaxAllowance = 1_000_000_000_000;

    /// <summary>The items.</summary>
    /// <exception cref="ParameterException">A member cannot be meant.</exception>
    internal IReadOnlyList<RateItem> Check()
    {
        if (ValidFrom is not { Day: 1, Year: > 1 and < 9999 })
            throw new ParameterException("valid_from", "Give the first day of a month, such as 2026-12-01: a card prices whole months.");
        if (Currency is not { Length: 3 } || !Currency.All(char.IsAsciiLetterUpper))
            throw new ParameterException("currency", "Give three capital letters (ISO 4217), such as EUR.");
        if (Decimals is < 0 or > 4)
            throw new ParameterException("decimals", "Give a whole number from 0 to 4.");
        if (Items is not { Count: > 0 })
            throw new ParameterException("items", "Give at least one price.");
        var items = new List<RateItem>(Items.Count);
        for (var i = 0; i < Items.Count; i++)
        {
            var item = Items[i];
            if (ChargedMeasures.Parse(item?.Measure) is not { } measure || items.Any(known => known.Measure == measure))
                throw new ParameterException($"items[{i}].measure", "Give cpu, memory, disk, network_in or network_out, each at most once.");
            if (BillingUnit.Find(measure, item!.Unit) is null)
                throw new ParameterException($"items[{i}].unit", $"Give one of {string.Join(", ", BillingUnit.For(measure).Select(unit => unit.Name))}.");
            if (item.Price is not (>= 0 and <= MaxPrice) || item.Price.Value.Scale > MaxDecimals)
                throw new ParameterException($"items[{i}].price", $"Give a price from 0 to {MaxPrice} with at most {MaxDecimals} decimals.");
            if (item.Free is < 0 or > MaxAllowance)
                throw new ParameterException($"items[{i}].free", $"Give whole units from 0 to {MaxAllowance}.");
            items.Add(new(measure, item.Unit!, item.Price.Value, item.Free));
        }
        return items;
    }
}
