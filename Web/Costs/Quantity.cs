using System.Globalization;
using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Costs;

/// <summary>Quantities and amounts as people read them.</summary>
internal static class Quantity
{
    private const double CoreHour = 3.6e12;
    private const double GibibyteHour = 1024d * 1024 * 1024 * 3.6e6;

    public static string Cores(double coreNs) => Number(coreNs / CoreHour) + " core-h";

    public static string Held(double byteMs) => Number(byteMs / GibibyteHour) + " GiB-h";

    /// <summary>A quantity of a measure.</summary>
    public static string Of(string measure, double quantity) => measure switch
    {
        "cpu" => Cores(quantity),
        "memory" or "disk" => Held(quantity),
        _ => Units.Bytes(quantity),
    };

    /// <summary>Such as <c>12.34 EUR</c>.</summary>
    public static string Money(decimal amount, string currency) => amount.ToString("#,0.00##", CultureInfo.InvariantCulture) + " " + currency;

    /// <summary>What part of the time a sample speaks for.</summary>
    public static string Covered(QuantityRow row) =>
        row.CoveredMs + row.UncoveredMs is var all && all > 0 ? Units.Percent(row.CoveredMs * 100 / all) : Units.None;

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "#,0", >= 1 => "0.##", _ => "0.####" }, CultureInfo.InvariantCulture);
}
