using System.Globalization;
using System.Numerics;
using LaunchStack.Aggregator.Metering.Pricing;
using LaunchStack.Aggregator.Metering.Statements;

namespace LaunchStack.Aggregator.Metering.Api;

/// <summary>A line or an adjustment as people read it.</summary>
internal sealed record StatementRow(
    Guid InstanceId, string Instance, DateOnly? Day, ChargedMeasure Measure, string? Unit, decimal Price, Int128 Quantity, Int128 Free, decimal Amount)
{
    public static IEnumerable<StatementRow> Of(StatementDocument document, IReadOnlyDictionary<Guid, string> names) =>
        document.Lines.Select(l => new StatementRow(l.InstanceId, Name(l.InstanceId, names), null, l.Measure, l.Unit, l.Price, l.Quantity, l.Free, l.Amount))
            .Concat(document.Adjustments.Select(a => new StatementRow(a.InstanceId, Name(a.InstanceId, names), a.Day, a.Measure, a.Unit, a.Price, a.Quantity, 0, a.Amount)));

    /// <summary>The quantity in its unit, shown with six decimals; amounts are computed from the whole base units.</summary>
    public string Units() => InUnits(Quantity);

    /// <summary>What the allowance covers, as <see cref="Units"/>.</summary>
    public string FreeUnits() => InUnits(Free);

    private string InUnits(Int128 quantity)
    {
        if (BillingUnit.Find(Measure, Unit) is not { } unit)
            return quantity.ToString(CultureInfo.InvariantCulture);
        const int Million = 1_000_000;
        var millionths = (BigInteger)quantity * Million / unit.Base;
        var text = BigInteger.Abs(millionths).ToString(CultureInfo.InvariantCulture).PadLeft(7, '0');
        return $"{(millionths.Sign < 0 ? "-" : "")}{text[..^6]}.{text[^6..]}";
    }

    private static string Name(Guid instance, IReadOnlyDictionary<Guid, string> names) => names.GetValueOrDefault(instance, "");
}
